# A part of encode.sh: whether the source is whole.

# find_source: say in proof/source what is in the source, by one pass through its packets, without
# decoding. `knows_source` is empty where that can't be: its format is known to a run's arguments only.
find_source() {
    knows_source=
    began=
    rm -rf proof
    mkdir proof || no_room
    rm -f told.txt
    true >proof.txt || no_room
    read_stated_format
    # shellcheck disable=SC2086 # a name of a format, or nothing
    run_ffmpeg proof/words -nostats -v level+info -y -ignore_unknown -copyts \
        -protocol_whitelist file -format_whitelist "$formats${stated:+,$stated}" \
        ${stated:+-f $stated} -i "$input" -map '0:v?' -map '0:a?' -map '0:s?' -map '0:d?' \
        -c copy -copyinkf -f framecrc ../proof/packets || return 0
    [ -f proof/packets ] || return 0
    read_facts proof/source proof/words proof/packets 0 ${cut:+"$cut_from:$cut_to"}
    grep -q '^packets' proof/source || return 0
    knows_source=yes
    read_facts_of_source
}

# Read the format that the first run has with -f for the input.
read_stated_format() {
    stated=$(LC_ALL=C awk '
        /^R/ { runs++; name = "" }
        runs == 1 && before == "A-f" { name = substr($0, 2) }
        before == "A-i" { if ($0 == "A{input}") print name; exit }
        { before = $0 }' recipe.txt)
    case $stated in
        *[!0-9a-z_,]*) stated= ;;
    esac
}

# Read from proof/source how much of it there is, and should be, in seconds; dashes where it isn't said.
read_facts_of_source() {
    # shellcheck disable=SC2046 # words
    set -- $(LC_ALL=C awk -v cut="$cut" -v from="$cut_from" -v to="$cut_to" -v last="$(last_needed)" '
        $1 == "file" {
            format = $2
            full = $3
            # What is estimated by the bit rate, or by the last time that was found, tells nothing.
            said = $5 || format ~ /^(mpegts|mpeg|ogg|mpegvideo|h264|hevc|aac|ac3|dts)$/ ? "-" : full
            began = $4
            # The length of a Matroska file counts from 0, wherever its first packet is.
            if (format ~ /^matroska/ && said != "-" && began > 0) said -= began
        }
        $1 == "jumps" && $2 > 0 { jumps = 1 }
        $1 == "packets" && $6 != "-" {
            if ($6 > held) held = $6
            if ($7 > longest) longest = $7
        }
        $1 == "errors" { harmless = $3; errors = $2 - $3; edges = $4 }
        END {
            # Of recordings that were joined, the length is that of one.
            if (jumps) said = "-"
            if (said != "-" && cut != "") {
                if (to != "" && to + 0 < said) said = to
                said -= from
            }
            needed = said
            if (said != "-" && last != "" && last + 0 < needed) needed = last + 0
            # Of a sound the last packet may not be full; of a film the last picture has no length.
            slack = 0.25 + longest + (needed == "-" ? 0 : needed * 0.002)
            short = needed != "-" && (held > 0 || cut != "") && held < needed - slack
            print format, began, held + 0, said, short + 0, (errors > 0 ? errors : 0), edges + 0
        }' proof/source)
    [ "$#" -eq 7 ] || fail "$wrong" "the source can't be checked: awk failed"
    format=$1 began=$2 held=$3 said=$4 is_short=$5 source_errors=$6 edge_errors=$7
    source_held=$held source_said=$said
    printf 'source holds %s s, says %s s, errors %s\n' "$held" "$said" "$source_errors" >>proof.txt
}

# Print how many seconds of the source a line with -t, -to or a number of frames reads at most, if so.
last_needed() {
    LC_ALL=C awk '
        function seconds(text, part, count) {
            count = split(text, part, ":")
            if (count == 3) return part[1] * 3600 + part[2] * 60 + part[3]
            if (count == 2) return part[1] * 60 + part[2]
            return text ~ /^[0-9.]+$/ ? text + 0 : 0
        }
        before == "A-ss" { from += seconds(substr($0, 2)) }
        before == "A-t" { longest = seconds(substr($0, 2)); some = 1 }
        before == "A-to" { to = seconds(substr($0, 2)); some = 1 }
        before ~ /^A-(frames(:.*)?|[vad]frames|fs|sseof)$/ { some = 1 }
        { before = $0 }
        END { if (some) print (to > 0 ? to : longest > 0 ? from + longest : 0) }' recipe.txt
}

# check_source: end where the source is cut off or damaged, before hours are spent on it.
check_source() {
    [ -n "$knows_source" ] || return 0
    parts=$(parts_of_riff)
    if [ "$parts" = unknown ]; then
        # ffmpeg takes the end for a cut then.
        is_short=0 said=- source_errors=0
    elif [ -n "$parts" ]; then
        is_short=1
        said=$(LC_ALL=C awk -v held="$held" -v parts="$parts" 'BEGIN { print held * parts }')
    elif [ "$format" = mpegts ] && ends_within_a_packet; then
        is_short=1
    elif grep -qE 'partial file|File ended prematurely' proof/words && needs_all; then
        is_short=1
    fi
    if [ "$is_short" -eq 1 ] && { needs_all || [ "$said" != - ]; }; then
        source_is_bad "$(held_of_said): the source is cut off"
    elif [ "$is_short" -eq 1 ] || ! needs_all && [ "$source_errors" -gt 0 ]; then
        tell 'the source is cut off or damaged, perhaps beyond what is made of it'
    elif [ "$source_errors" -gt 0 ]; then
        source_is_bad "the source is damaged ($(counted_errors "$source_errors"))"
    elif [ "$edge_errors" -gt 0 ]; then
        tell 'the source begins or ends within a picture or a sound'
    fi
    ! begins_within || tell "the source's first pictures can't be decoded: others come before them"
}

# ends_within_a_packet: a transport stream has packets of 188 bytes, the first one from its first byte
# on; or of 192, each with a time of 4 bytes before it. No program that writes one stops within one.
ends_within_a_packet() {
    has_packets 0 188 || has_packets 4 192
}

# has_packets BEFORE LENGTH: of this length, with so many bytes before each, but for the last one.
has_packets() {
    marks=$(head -c "$(($1 + 1))" "$input" | tail -c 1 | tr -dc G)
    marks=$marks$(head -c "$(($1 + $2 + 1))" "$input" | tail -c 1 | tr -dc G)
    [ "$marks" = GG ] && [ "$(($(wc -c <"$input") % $2))" -ne 0 ]
}

# needs_all: neither is a part of the source cut out, nor does a line stop before its end.
needs_all() {
    [ -z "$cut" ] && [ -z "$(last_needed)" ]
}

held_of_said() {
    LC_ALL=C awk -v held="$held" -v said="$said" 'BEGIN {
        if (said == "-" || said < held + 0.05) printf "%.1f s", held
        else printf "%.1f of %.1f s", held, said
    }'
}

counted_errors() {
    case $1 in
        1) echo 'ffmpeg found one error in it' ;;
        *) echo "ffmpeg found $1 errors in it" ;;
    esac
}

# source_is_bad WORDS: end, or say that what can be made of it is kept.
source_is_bad() {
    LC_ALL=C awk "$damage"'
        {
            while (match($0, /^\[[^]]*\] /)) $0 = substr($0, RLENGTH + 1)
            if (is_damage($0) && !($0 in said) && ++count <= 5) print
            said[$0]
        }' proof/words >&2
    printf 'source bad: %s\n' "$1" >>proof.txt
    [ -n "$salvage" ] || fail "$source_bad" "$1"
    salvaged=${salvaged:-$1}
}

# A WAV or AVI file says in its first bytes how long it is. A stream that was written to a pipe says 0,
# or the highest number that it knew. Print how many times as long as it is, if it isn't whole.
parts_of_riff() {
    case $(head -c 4 "$input" | tr -dc '[:graph:]') in
        RIFF | RF64) ;;
        *) return ;;
    esac
    command -v od >/dev/null || return
    # shellcheck disable=SC2046 # four numbers
    set -- $(od -An -tu1 -j4 -N4 "$input" 2>/dev/null)
    [ "$#" -eq 4 ] || return
    LC_ALL=C awk -v said="$(($1 + $2 * 256 + $3 * 65536)) $4" -v has="$(wc -c <"$input")" 'BEGIN {
        split(said, part, " ")
        bytes = part[1] + part[2] * 16777216
        if (bytes + 8 <= has + 1 && bytes > 0) exit
        if (bytes <= 0 || bytes > 2147000000 && has < bytes / 2 || bytes >= 4294967040) print "unknown"
        else printf "%.3f", (bytes + 8) / has
    }'
}

# hear_run: judge what ffmpeg said of the source while it encoded.
hear_run() {
    [ -n "$knows_source" ] && [ -z "$salvaged" ] || return 0
    # shellcheck disable=SC2046 # two numbers
    set -- $(errors_of_run)
    [ "$#" -eq 2 ] || fail "$wrong" "the source can't be checked: awk failed"
    if [ "$1" -gt 0 ] && begins_within; then
        # What can't be decoded before the first whole picture isn't damage.
        look_at_pictures
        set -- "$looked_errors" "$2"
    fi
    if [ "$1" -gt 0 ]; then
        grep -E "$damage_words" words.txt >>proof/words
        source_is_bad "the source is damaged ($(counted_errors "$1"))"
    elif [ "$2" -gt 0 ]; then
        tell "a piece of the source's sound doesn't decode"
    fi
}

# Print how many pieces of a sound may not decode without a failure: where two MP3 files were joined, or
# a recording ends, one doesn't. Of a file without loss each one is missed, and of an MP3 file that is
# shorter than its header says.
pieces_to_forgive() {
    case $format in
        mpegts) echo 2 ;;
        flac | wav | w64 | aiff | caf | tta | wv | ape) echo -1 ;;
        mp3)
            LC_ALL=C awk -v held="$source_held" -v said="$source_said" 'BEGIN {
                is_short = said != "-" && held + 0 < said - 0.06
                print (is_short ? -1 : 1)
            }'
            ;;
        *) echo 1 ;;
    esac
}

# Print how many errors there are in words.txt, and how many of them are worth no failure.
errors_of_run() {
    LC_ALL=C awk -v forgiven="$(pieces_to_forgive)" "$damage"'
        part == "source" { if ($1 == "stream" && $3 == "audio") is_sound[$2]; next }
        {
            said = $0
            while (match($0, /^\[[^]]*\] /)) $0 = substr($0, RLENGTH + 1)
            if (/^Header missing|^Invalid UTF-8 in decoded subtitles/) harmless++
            if (!is_damage($0)) next
            # Where there is no packet whole, the pass through all of them has said so.
            if (/^Packet corrupt|corrupt input packet|partial file|File ended prematurely/) next
            at = ""
            if (match(said, /ist#[0-9]+:[0-9]+/)) {
                at = substr(said, RSTART, RLENGTH)
                sub(/.*:/, "", at)
            } else if (match($0, / stream #[0-9]+:[0-9]+/)) {
                at = substr($0, RSTART, RLENGTH)
                sub(/.*:/, "", at)
            } else if (match($0, /frame in stream [0-9]+/)) {
                at = substr($0, RSTART + 16, RLENGTH - 16)
            }
            if ((at in is_sound) && /corrupt decoded frame/) next
            if (at in is_sound) sounds++
            else errors++
        }
        END {
            sounds += forgiven < 0 ? (sounds ? 0 : harmless) : -harmless
            if (sounds > forgiven && sounds > 0) errors += sounds
            print errors + 0, (sounds + harmless > 0)
        }' part=source proof/source part=words words.txt
}

# begins_within: the source's first picture can't be decoded alone.
begins_within() {
    LC_ALL=C awk '
        $1 == "stream" && $3 == "video" && !$4 { video[$2] }
        $1 == "packets" && ($2 in video) && !$9 { found = 1 }
        END { exit !found }' proof/source
}
