# A part of encode.sh: the runs of ffmpeg, and what they measure.

# run_ffmpeg FILE ARGUMENT...: what it says goes to FILE. It runs in the background, because a
# shell that waits for a child in the foreground hears no signal.
run_ffmpeg() {
    said=$1
    shift
    running=yes
    (cd making && exec ffmpeg -nostdin -hide_banner "$@") 2>"$said" &
    wait "$!"
    ended=$?
    running=
    return "$ended"
}

# encode ARGUMENT...: one run. What ffmpeg says goes to stderr at once, and to words.txt to be judged.
encode() {
    rm -f pipe reports words.txt check.txt
    mkfifo pipe || no_room
    tee words.txt <pipe >&2 &
    listeners=$!
    if [ "$runs" -eq 1 ]; then
        run_ffmpeg pipe -nostats -y -progress ../progress.txt "$@"
        status=$?
    else
        mkfifo reports || no_room
        number_reports <reports >progress.txt 2>/dev/null &
        listeners="$listeners $!"
        run_ffmpeg pipe -nostats -y -progress pipe:4 "$@" 4>reports
        status=$?
    fi
    for listener in $listeners; do
        wait "$listener"
    done
    listeners=
    rm -f pipe reports
    end_feeders
    check_cut
    note_mapping
    [ "$status" -eq 0 ] || fail_as "$failed" "$status" "$(why_failed)"
    case $measures in
        loudness) measure_loudness ;;
        duration) measure_duration ;;
    esac
    hear_run
}

# encode_all: run ffmpeg as often as recipe.txt says. Options of an input stand before its `-i`. We hold
# `-i` back until we know which file follows.
encode_all() {
    set --
    run=0
    asked=
    measured=
    duration=
    forget_input
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            R*)
                [ -z "$held" ] || set -- "$@" -i
                [ "$run" -eq 0 ] || encode "$@"
                run=$((run + 1)) measures=${line#R}
                set --
                forget_input
                continue
                ;;
            A*) argument=${line#A} ;;
            *) continue ;;
        esac
        if [ -n "$held" ]; then
            case $argument in
                '{input}')
                    asked=$asked$named_format
                    # shellcheck disable=SC2086 # words of numbers
                    set -- "$@" $cut
                    if [ -n "$cut" ] && is_transport_stream "$input"; then
                        is_piped=yes
                        # What comes before the part is no jump in time, however long it is.
                        set -- "$@" -dts_delta_threshold "$((${cut_from%%.*} + 20))"
                    fi
                    ;;
            esac
            case $argument in
                '{input}' | '{with:'*'}')
                    set -- "$@" -protocol_whitelist "$protocols" \
                        -format_whitelist "$allowed$named_format"
                    ;;
            esac
            set -- "$@" -i
            forget_input
        elif [ "$argument" = -i ]; then
            held=yes
            continue
        else
            case $before in
                -f) named_format=,$argument ;;
                -protocol_whitelist) protocols=$argument ;;
                -format_whitelist) allowed=$argument ;;
            esac
            before=$argument
        fi
        fill_in "$argument"
        [ -z "$is_piped" ] || pipe_stream
        is_piped=
        set -- "$@" "$argument"
    done <recipe.txt
    [ -z "$held" ] || set -- "$@" -i
    encode "$@"
}

# Say in each of ffmpeg's reports on its progress which run it is of.
number_reports() {
    while IFS= read -r line; do
        case $line in
            progress=*) printf 'run=%s/%s\n' "$run" "$runs" ;;
        esac
        printf '%s\n' "$line"
    done
}

# Say in a report of its own that the runs are over, and that what they made is checked.
say_checking() {
    [ -f progress.txt ] || return 0
    printf 'run=%s/%s\nstage=checking\nprogress=end\n' "$runs" "$runs" >>progress.txt || no_room
}

# Take what loudnorm measured from words.txt. It finds no loudness in silence, which counts as loud
# here, so that it's never made louder. loudnorm takes numbers only within its ranges; where the
# loudness or its range is 0, or the threshold -70, it takes all for not measured, and measures as it
# goes along. That is right for what is louder than it can be told, and for nothing else.
measure_loudness() {
    measured=$(LC_ALL=C awk '
        /^[ \t]*"[a-z_]+" : "[^"]*",?$/ { split($0, part, "\""); value[part[2]] = part[4] }
        function within(name, low, high, otherwise) {
            number = value[name]
            if (number !~ /^[-+]?[0-9]+(\.[0-9]+)?$/) return otherwise
            return number + 0 < low ? low : number + 0 > high ? high : number
        }
        END {
            if (!("input_i" in value)) exit
            thresh = within("input_thresh", -99, -0.01, -69.99)
            print within("input_i", -99, 0, -0.01), within("input_tp", -99, 98.99, -99),
                within("input_lra", 0.01, 99, 0.01), thresh == -70 ? -69.99 : thresh,
                within("target_offset", -99, 99, 0)
        }' words.txt)
    [ -n "$measured" ] || fail "$failed" 'ffmpeg measured no loudness of this input'
}

# Take how long it was, in seconds, from the run's last report: a header may be wrong.
measure_duration() {
    duration=$(LC_ALL=C awk -F= '
        /^out_time_us=[0-9]+$/ { last = $2 }
        END { if (last > 0) printf "%.6f", last / 1000000 }' progress.txt)
    [ -n "$duration" ] || fail "$failed" 'ffmpeg measured no duration of this input'
}

# Forget what is said of an input: it's of the one before.
forget_input() {
    held=
    before=
    named_format=
    protocols='file'
    allowed=$formats
}

# fill_in TEXT: set `argument` to it, with what belongs in its places.
fill_in() {
    argument=
    rest=$1
    while :; do
        case $rest in
            *'{'*'}'*) ;;
            *) break ;;
        esac
        argument=$argument${rest%%'{'*}
        rest=${rest#*'{'}
        place=${rest%%'}'*}
        case $place in
            input) value=$input ;;
            until) value=$until ;;
            with: | with:*[!0-9]*) value= ;;
            with:*) find_beside "${place#with:}" ;;
            measured:*) find_measured "${place#measured:}" "$1" ;;
            *) value= ;;
        esac
        if [ -z "$value" ]; then
            argument=$argument'{'
            continue
        fi
        case $place in
            measured:*) ;;
            *) [ "$1" = "{$place}" ] || check_opened "$value" ;;
        esac
        argument=$argument$value
        rest=${rest#*'}'}
    done
    argument=$argument$rest
}

# check_opened FILE: a filter, or an encoder, opens it by itself, and without a guard. So it's opened
# here before, with one: what it's taken for is the same.
check_opened() {
    run_ffmpeg check.txt -v error -protocol_whitelist file -format_whitelist "$formats" -i "$1"
    ! is_refused check.txt || {
        fail "$failed" "no filter may open $1: it has a format that can name other files"
    }
}

# find_beside NUMBER
find_beside() {
    for value in "with-$1" "with-$1".*; do
        case $sources in
            *"$newline$value$newline"*) return ;;
        esac
    done
    fail "$no_input" "file $1 beside the input isn't on this node"
}

# find_measured NAME TEXT
find_measured() {
    # shellcheck disable=SC2086 # five numbers
    value=$(value_of "$1" "$duration" "$crf" $measured) || {
        fail "$usage" "recipe.txt asks for what isn't measured: $2"
    }
}

# value_of NAME DURATION CRF [LOUDNESS...]: what isn't measured is empty, or isn't there.
value_of() {
    case $1 in
        duration) value=$2 ;;
        crf) value=$3 ;;
        input_i) value=$4 ;;
        input_tp) value=$5 ;;
        input_lra) value=$6 ;;
        input_thresh) value=$7 ;;
        target_offset) value=$8 ;;
        *) return 1 ;;
    esac
    [ -n "$value" ] && echo "$value"
}

# Give a transport stream of which a part is read to ffmpeg by a pipe: `argument` is that then.
# ffmpeg seeks in one to a place behind the wanted one, as it has no index. In a pipe it can't seek:
# it reads from the beginning, and drops what comes before the part.
pipe_stream() {
    pipes=$((pipes + 1))
    argument=piped-$pipes.ts
    mkfifo "making/$argument" || no_room
    tail -c +1 "$input" >"making/$argument" 2>/dev/null &
    feeders="$feeders $!"
}

# is_transport_stream FILE: its packets begin with a G; before that, some have a time of 4 bytes.
is_transport_stream() {
    [ "$(head -c 1 "$1" | tr -dc G)$(head -c 5 "$1" | tail -c 1 | tr -dc G)" != '' ]
}

end_feeders() {
    for feeder in $feeders; do
        kill -KILL "$feeder" 2>/dev/null
        wait "$feeder" 2>/dev/null
    done
    feeders=
    rm -f making/piped-*
}

# A part must be in its source. Where ffmpeg only estimates how long that is, nothing is said.
check_cut() {
    [ -n "$cut" ] || return 0
    outside=$(LC_ALL=C awk -v from="$cut_from" -v to="$cut_to" '
        /Estimating duration/ { exit }
        /^Input #[0-9]+, .* from .input/ { mine = 1 }
        mine && /^  Duration: [0-9]/ {
            split($2, part, /[:,]/)
            length_ = part[1] * 3600 + part[2] * 60 + part[3]
            if (from + 0 >= length_) printf "begins at %s s", from
            else if (to + 0 > length_ + 1) printf "ends at %s s", to
            else exit
            printf ", and the source is %.1f s long", length_
            exit
        }' words.txt)
    [ -z "$outside" ] || fail "$empty" "the clip $outside"
}
