# A part of encode.sh: which quality and size are asked of an output, and whether it's smaller.

# read_aim: what recipe.txt asks for; `metric` is empty where no quality is.
read_aim() {
    metric=
    crf=
    chain=
    input_words=
    fine=0
    share=
    while IFS= read -r line || [ -n "$line" ]; do
        # shellcheck disable=SC2086 # words
        case $line in
            'Qaim '*) set -- ${line#Qaim } && metric=$1 target=$2 tolerance=$3 ;;
            'Qcrf '*)
                set -- ${line#Qcrf }
                best_crf=$1 worst_crf=$2 crf_step=$3 start_crf=$4 crf_slope=$5 fine=$6
                ;;
            'Qfilm '*) film_stream=${line#Qfilm } ;;
            'Qinput '*) input_words=${line#Qinput } ;;
            'Qfilter '*) chain=${line#Qfilter } ;;
            'Qsmaller '*) share=${line#Qsmaller } ;;
        esac
    done <recipe.txt
    [ -n "$metric" ] || return 0
    near_enough=$tolerance
    near_crfs=4
    top_score=100
    [ "$metric" = vmaf ] || top_score=1
    # An older encoder takes a finer CRF for a whole number.
    major=${version#[nNvV]}
    major=${major%%[!0-9]*}
    [ "$fine" -le "${major:-0}" ] || crf_step=1
}

# keep_smaller NAME SOURCE_SIZE: an output that isn't smaller by the share that is asked for becomes a
# file that only says that the source is kept. Sizes go to proof.txt.
keep_smaller() {
    made_size=$(wc -c <"making/$1")
    made_size=$((made_size))
    [ -n "$share$metric" ] || return 0
    printf 'sizes source=%s output=%s\n' "$2" "$made_size" >>proof.txt || no_room
    [ -n "$share" ] && [ "$2" != - ] || return 0
    LC_ALL=C awk -v made="$made_size" -v source="$2" -v share="$share" \
        'BEGIN { exit !(made >= source * (1 - share)) }' || return 0
    printf 'kept source=%s output=%s\n' "$2" "$made_size" >>proof.txt || no_room
    printf 'encode.sh: kept the source: the output has %s bytes, the source %s\n' "$made_size" "$2" >&2
    tell "kept the source: $(smaller_words "$made_size" "$2" "$share")"
    echo 'batchff kept the source: an output would not be smaller' >"making/$1" || no_room
}

# smaller_words MADE SOURCE SHARE: say how much smaller an output is than is asked for.
smaller_words() {
    LC_ALL=C awk -v made="$1" -v source="$2" -v share="$3" 'BEGIN {
        if (made >= source) print "the output would not be smaller"
        else printf "the output would be smaller by %.3g %%, not by %.3g %%\n", \
            100 * (1 - made / source), 100 * share
    }'
}
