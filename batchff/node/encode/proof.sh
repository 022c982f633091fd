# A part of encode.sh: outputs are held against the source, and against what is promised of them.

# read_promise NAME: print the P lines of an output, without the P.
read_promise() {
    name=$1 LC_ALL=C awk '
        /^[FG]/ { mine = substr($0, 2) == ENVIRON["name"] }
        /^P/ && mine { print substr($0, 2) }' recipe.txt
}

# note_mapping: keep from which stream ffmpeg made which one, by what it said in a run.
note_mapping() {
    [ -d proof ] || return 0
    {
        echo run
        grep -E '^(\[info\] )?(Input #[0-9]+, .* from |Output #[0-9]+, |  Stream #[0-9]+:[0-9]+ -> )' \
            words.txt
        grep -E 'More than [0-9]+ frames duplicated' words.txt
    } >>proof/mapping
}

# copies_pictures NAME: it has pictures, or sounds alone, that are copied from the source.
copies_pictures() {
    read_promise "$1" | grep -q '^stream video [-0-9]* copy' && return
    name=$1 LC_ALL=C awk '
        $0 == "run" { copies = mine = number = "" }
        { sub(/^\[info\] /, "") }
        /^Output #/ {
            name = ENVIRON["name"] "\047:"
            if (index($0, "\047" name) || index($0, ":" name) || index($0, "/" name)) {
                split($2, word, /[#,]/)
                number = word[2]
                found = 1
            }
        }
        /^  Stream .*\(copy\)$/ { split($4, word, /[#:]/); copied[word[2]] }
        END { exit !(found && (number in copied)) }' proof/mapping
}

# prove NAME NUMBER: hold an output against the source. What was decoded of it is in proof/out-words
# and proof/out-packets.
prove() {
    [ -f proof/out-packets ] || fail "$wrong" "$1 can't be checked: ffmpeg wrote no packets of it"
    out=proof/out-$2
    began=
    read_facts "$out" check.txt proof/out-packets 1
    began=
    grep -q '^packets' "$out" || fail "$wrong" "$1 can't be checked: it has no streams"
    read_promise "$1" >"$out.promise" || no_room
    promised=
    ! grep -qE '^(duration|frames|stream )' "$out.promise" || promised=yes
    if [ -z "$knows_source" ]; then
        [ -z "$promised" ] || fail "$wrong" "the output can't be checked: the source can't be read"
        tell 'the output was not held against the source, which only the arguments can read'
        return
    fi
    judge "$1" "$out"
    before=$looked
    while read -r word from into tick off; do
        [ "$word" != pictures ] || prove_pictures "$1" "$out" "$from" "$into" "$tick" "$off"
    done <"$out.verdict"
    # Where packets didn't tell which pictures there are, they don't tell when these begin.
    [ "$looked" = "$before" ] || judge "$1" "$out"
    while read -r word words; do
        case $word in
            wrong) is_wrong "$1" "$words" ;;
            told) tell "$words" ;;
            fact) printf '%s: %s\n' "$1" "$words" >>proof.txt ;;
        esac
    done <"$out.verdict"
    compare "$1" "$out"
}

# is_wrong NAME WORDS
is_wrong() {
    printf '%s: wrong: %s\n' "$1" "$2" >>proof.txt
    [ "$outputs" -le 1 ] || set -- "$1" "$1: $2"
    fail "$wrong" "$2"
}

# prove_pictures NAME FACTS SOURCE OUTPUT TICK OFF
prove_pictures() {
    if counts=$(same_pictures proof/source.times "$3" "$2.times" "$4" "$5" "$6"); then
        printf '%s: pictures %s, at their times\n' "$1" "${counts% *}" >>proof.txt
        return
    fi
    packets=${counts#* }
    look_at_pictures
    if counts=$(same_pictures proof/looked.times "$3" "$2.times" "$4" "$5" "$6"); then
        printf '%s: pictures %s of %s packets, at their times\n' "$1" "${counts% *}" "$packets" >>proof.txt
        return
    fi
    [ -n "$counts" ] || fail "$wrong" "the output can't be checked: awk failed"
    if [ "${counts% *}" = "${counts#* }" ]; then
        is_wrong "$1" "its ${counts% *} pictures aren't at the times of the source's"
    fi
    is_wrong "$1" "$(grouped "${counts% *}") pictures of $(grouped "${counts#* }")"
}

# grouped NUMBER: as in 6,019.
grouped() {
    LC_ALL=C awk -v number="$1" 'BEGIN {
        while (number ~ /^[0-9][0-9][0-9][0-9]/) {
            rest = "," substr(number, length(number) - 2) rest
            number = substr(number, 1, length(number) - 3)
        }
        print number rest
    }'
}

# judge NAME FACTS: say in FACTS.verdict what is wrong, what is to be told, and which pictures are to
# be compared. Without its end, awk has failed.
judge() {
    [ -f proof/mapping ] || true >proof/mapping
    [ -f proof/looked.times ] || true >proof/looked.times
    name=$1 LC_ALL=C awk "$judging" part=source proof/source part=looked proof/looked.times \
        part=made "$2" part=promise "$2.promise" part=mapping proof/mapping >"$2.verdict"
    grep -qx 'end' "$2.verdict" || fail "$wrong" "the output can't be checked: awk failed"
}
