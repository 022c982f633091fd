# A part of encode.sh: pictures and sound of an output are compared with the source's.

# What is compared is small: each picture as 8x8 greys, and of each 50 ms of the sound how loud it is
# and how often it crosses zero. Each of them comes from a run of ffmpeg that decodes one stream by one
# chain of filters. That must stay so: ffmpeg 9 pauses a chain that is ahead of another one, and where
# a decoder feeds both, it waits for the first, while the other waits for the decoder, for ever.
# Only a film that is checked is seen in the run that checks it, as it's decoded by no other chain.

# In 16 bits: what moves a little in a picture moves a cell by less than a level.
# What colours are called decides nothing here: ffmpeg 9 would convert between two names of them.
small='setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown'
small=$small',scale=8:8:flags=area,format=gray16le'
# Encoders leave out what is too low to be heard, and that moves all crossings.
# The same mix of channels, however they are encoded.
heard='aformat=sample_fmts=fltp:sample_rates=8000:channel_layouts=mono,aresample=async=1:first_pts=0'
heard=$heard',highpass=f=150,asetnsamples=n=400:p=0,astats=metadata=1:reset=1:measure_overall=none'
heard=$heard':measure_perchannel=RMS_level+Zero_crossings_rate'
heard=$heard',ametadata=mode=print:file=../proof/'

# find_compared: read from recipe.txt which output is compared, and which of its streams with which of
# the source's: `film_index` and `sound_index` are empty where there is none. `uncompared` says why there
# is none.
find_compared() {
    compared=
    film_index=
    sound_index=
    others=
    compares=
    uncompared='they are copied, or may have been changed on purpose'
    while read -r word rest; do
        case $word in
            name) compared=$rest ;;
            how) compares=$rest ;;
            film) film_index=$rest ;;
            dialogue) sound_index=$rest ;;
            others) others=yes ;;
        esac
    done <<END
$(LC_ALL=C awk '
        /^[FG]/ { if (found) exit; name = substr($0, 2) }
        /^Pcompare / { found = 1; print "name", name; print "how", substr($0, 10) }
        found && /^Pstream (video|audio|cover) / && ++streams == 2 { print "others" }
        found && /^Pstream video / && !films++ && $3 ~ /^[0-9]+$/ && $4 == "made" { print "film", $3 }
        found && /^Pstream audio / && !sounds++ && $3 ~ /^[0-9]+$/ && $4 == "made" { print "dialogue", $3 }
    ' recipe.txt)
END
    case " $compares " in *' pictures '*) ;; *) film_index= ;; esac
    case " $compares " in *' sound '*) ;; *) sound_index= ;; esac
    [ -n "$film_index$sound_index" ] || return 0
    if [ -z "$knows_source" ] || [ -n "$salvaged" ]; then
        uncompared="the source isn't whole, or can't be read"
    elif [ -n "$cut" ]; then
        uncompared="they are of a part of the source"
    elif LC_ALL=C awk '$1 == "jumps" && $2 > 0 { found = 1 } END { exit !found }' proof/source; then
        uncompared='the source is joined'
    elif ! command -v od >/dev/null; then
        uncompared='there is no od on this node'
    else
        uncompared=
        return 0
    fi
    film_index=
    sound_index=
}

# words_to_see WHOSE: print the words that make ffmpeg write the small pictures of a stream, a line each.
words_to_see() {
    printf '%s\n' -filter:v "$small" -fps_mode passthrough -enc_time_base 1:90000 -c:v rawvideo \
        -f tee "[f=rawvideo]../proof/$1.grey|[f=framecrc]../proof/$1.greys"
}

# see_source [RATE]: write the source's small pictures. What doesn't decode is judged elsewhere. With a
# RATE of so many pictures a second, eight seconds of each 16, from one picture that needs no other to
# another one: to decode all of a long film would cost more than all other checks together.
see_source() {
    parts=$1
    split_lines
    # shellcheck disable=SC2046 # a word a line
    set -- $(words_to_see source)
    split_words
    if [ -n "$parts" ]; then
        mkfifo making/parts.mkv || no_room
        # shellcheck disable=SC2086 # a name of a format, or nothing
        (cd making && exec ffmpeg -nostdin -v error -y -copyts -protocol_whitelist file \
            -format_whitelist "$formats${stated:+,$stated}" ${stated:+-f $stated} -i "$input" \
            -map "0:$film_index" -c copy \
            -bsf:v "noise=drop='if(key,st(0,gte(mod(n,16*$parts),8*$parts)));ld(0)'" \
            -f matroska parts.mkv) 2>/dev/null </dev/null &
        feeders="$feeders $!"
        set -- -f matroska -i parts.mkv -map 0:0 "$@"
    else
        # shellcheck disable=SC2086 # a name of a format, or nothing
        set -- -protocol_whitelist file -format_whitelist "$formats${stated:+,$stated}" \
            ${stated:+-f $stated} -i "$input" -map "0:$film_index" "$@"
    fi
    run_ffmpeg proof/seen -v error -y -copyts "$@"
    status=$?
    end_feeders
    rm -f making/parts.mkv
    [ "$status" -eq 0 ] && [ -s proof/source.greys ]
}

# parts_of_source: print how many pictures a second has, if the source's film has enough of them for
# long enough to be seen in parts.
parts_of_source() {
    LC_ALL=C awk -v film="$film_index" '
        $1 == "packets" && $2 == film && $5 != "-" && $6 - $5 > 30 {
            rate = $3 / ($6 - $5)
            if (rate > 5) printf "%d", rate + 0.5
        }' proof/source
}

# listen_to WHOSE BEGIN STREAM WORD...: write how loud and how high a stream sounds, of the input that
# WORDs are of, whose clock begins at BEGIN.
listen_to() {
    whose=$1
    chain="asetpts=PTS-($2)/TB,$heard$1.sound"
    stream=$3
    shift 3
    run_ffmpeg "proof/heard" -v error -y -copyts -protocol_whitelist file "$@" -map "$stream" \
        -filter:a "$chain" -c:a pcm_s16le -f null - && [ -s "proof/$whose.sound" ]
}

# split_lines: what a command prints is a word a line from here on, until split_words.
split_lines() {
    set -f
    IFS=$newline
}

split_words() {
    set +f
    IFS=$(printf ' \t\n.')
    IFS=${IFS%.}
}

# compare NAME FACTS: say what isn't as in the source, and what isn't compared.
compare() {
    [ -z "$salvaged" ] || uncompared="the source isn't whole"
    if [ "$1" != "$compared" ] || [ -z "$film_index$sound_index" ] || [ -n "$uncompared" ]; then
        printf '%s: pictures and sound not compared: %s\n' "$1" \
            "${uncompared:-another output is}" >>proof.txt
        return
    fi
    compare_pictures "$1" "$2"
    compare_sound "$1" "$2"
}

# compare_pictures NAME FACTS
compare_pictures() {
    found='pictures not compared'
    if [ -z "$film_index" ]; then
        grep -q '^stream [0-9]* video 0' "$2" || return 0
        found=$found': they are copied, or may have been changed on purpose'
    elif is_tiny "$2"; then
        found=$found': they are too small'
    elif [ ! -s proof/made.greys ]; then
        found=$found": they can't be read"
    elif rate=$(parts_of_source) && [ -n "$rate" ] && see_source "$rate" && see_pictures parts; then
        found="$found, in parts"
    elif see_source; then
        see_pictures || true
    else
        found=$found": the source's can't be read"
    fi
    rm -f proof/source.grey proof/made.grey
    take_found "$1" "$found"
}

# see_pictures [PARTS]: set `found` to what is found; in parts, only that all is right counts.
see_pictures() {
    strict=
    case " $compares " in *' levels '*) strict=1 ;; esac
    found=$(LC_ALL=C awk -v strict="$strict" -v parts="${1:-}" "$seeing" </dev/null) ||
        fail "$wrong" "the output can't be checked: awk failed"
    case $found in
        'pictures compared'*) ;;
        *) return 1 ;;
    esac
}

# is_tiny FACTS: an output with so few pixels that 8x8 cells aren't means of many.
is_tiny() {
    LC_ALL=C awk '
        $1 == "stream" && $3 == "video" && !$4 && ($5 < 32 || $6 < 32) { found = 1 }
        END { exit !found }' "$1"
}

# compare_sound NAME FACTS
compare_sound() {
    heard_as=
    if [ -z "$sound_index" ]; then
        grep -q '^stream [0-9]* audio' "$2" || return 0
        heard_as='sound not compared: it is copied, or may have been changed on purpose'
    elif listen_to source "$(begin_of proof/source)" "0:$sound_index" \
        -format_whitelist "$formats${stated:+,$stated}" ${stated:+-f "$stated"} -i "$input"; then
        for begin in $(begins "$2"); do
            listen_to made "$begin" 0:a:0 -format_whitelist "$formats" -i "file:$1" || break
            found=$(LC_ALL=C awk "$hearing" part=source proof/source.sound part=made proof/made.sound) ||
                fail "$wrong" "the output can't be checked: awk failed"
            case $found in
                'wrong '*) heard_as=${heard_as:-$found} ;;
                *)
                    heard_as=$found
                    break
                    ;;
            esac
        done
    fi
    take_found "$1" "${heard_as:-"sound not compared: it can't be read"}"
}

begin_of() {
    LC_ALL=C awk '$1 == "file" { printf "%.6f", $4 }' "$1"
}

# begins FACTS: print when the output's sound may begin to be the source's. Where a film leads, that is
# known, but for what an encoder puts before a sound, which is a packet; `exact` ones put nothing there.
# A sound alone may begin at 0, where its file begins, or with its own first piece.
begins() {
    exact=
    case " $compares " in *' exact '*) exact=1 ;; esac
    LC_ALL=C awk -v film="$(grep -c '^stream [0-9]* video 0' "$1")" -v dialogue="$sound_index" \
        -v exact="$exact" '
        part == "verdict" && $1 == "shift" { lead = $2 }
        part == "source" && $1 == "packets" && $2 == dialogue && $5 != "-" { source = $5 }
        part == "made" && $1 == "file" { start = $4 }
        part == "made" && $1 == "stream" && $3 == "audio" && !found++ { sound = $2 }
        part == "made" && $1 == "packets" { begin[$2] = $5; longest[$2] = $7 }
        function tell(shift_) {
            printf "%.6f\n", start + shift_
            if (!exact) printf "%.6f\n", start + shift_ + longest[sound]
        }
        END {
            tell(lead)
            if (!film) {
                tell(-start)
                tell(0)
                tell(begin[sound] - source)
            }
        }' part=verdict "$1.verdict" part=source proof/source part=made "$1"
}

# take_found NAME WORDS
take_found() {
    case $2 in
        'wrong '*) is_wrong "$1" "${2#wrong }" ;;
        *) printf '%s: %s\n' "$1" "$2" >>proof.txt ;;
    esac
}
