# A part of join.sh: chunks become one film.

# chunk_name NUMBER: counted from 0, whatever number the first one has.
chunk_name() {
    printf '%s/%04d%s' "$folder" "$((first + $1))" "$suffix"
}

# How many files one ffmpeg opens at once: each is a descriptor and some memory.
at_once=16

# packets_name NUMBER: where the packets of a chunk are written down.
packets_name() {
    printf 'proof/%04d' "$1"
}

# find_chunks: each chunk and the rest are there. What the service fetched is all that was made.
find_chunks() {
    missing=
    lost=0
    number=0
    while [ "$number" -lt "$count" ]; do
        if ! [ -s "$(chunk_name "$number")" ]; then
            lost=$((lost + 1))
            [ -n "$missing" ] || missing=$((first + number + 1))
        fi
        number=$((number + 1))
    done
    if [ "$lost" -eq 1 ]; then
        [ "$first" -gt 0 ] || missing="$missing of $count"
        fail "$chunk_missing" "chunk $missing wasn't made"
    elif [ "$lost" -gt 1 ]; then
        fail "$chunk_missing" "$lost of $count chunks weren't made: chunk $missing is the first"
    fi
    [ -s "$rest" ] || fail "$chunk_missing" "its sound, and all else but the film, wasn't made"
}

# packets_of FILE INTO: write down the packets of a file of ours, and what its streams are.
packets_of() {
    run_ffmpeg proof/said -v error -y -copyts -protocol_whitelist file -format_whitelist mov,matroska \
        -i "../$1" -map 0 -c copy -f framecrc "../$2"
    status=$?
    if [ "$status" -ne 0 ] || ! [ -s "$2" ]; then
        cat proof/said >&2
        fail_as "$broken" "$status" "$1 can't be read"
    fi
}

# Of packets as framecrc writes them: times in seconds, with the number of the film's stream.
# shellcheck disable=SC2016 # of awk
reading='
    function tick_of(words, side) { split(words, side, "/"); return side[1] / side[2] }
    /^#tb / { split($2, word, ":"); tick[FILENAME, word[1]] = tick_of($3); next }
    /^#media_type / {
        split($2, word, ":")
        kinds[FILENAME] = kinds[FILENAME] " " $3
        if ($3 == "video" && !(FILENAME in film)) film[FILENAME] = word[1]
    }
    /^#/ { next }
    { split($0, field, / *, */) }'

# packets_of_chunks FIRST END: as packets_of, of the chunks from one on to before another. One ffmpeg
# reads them all, which is faster; where it can't, each one is read by itself, so that it's named.
packets_of_chunks() {
    set -- "$1" "$2" "$1"
    inputs=
    packets_into=
    while [ "$3" -lt "$2" ]; do
        inputs="$inputs -protocol_whitelist file -format_whitelist mov,matroska -i ../$(chunk_name "$3")"
        packets_into="$packets_into -map $(($3 - $1)) -c copy -f framecrc ../$(packets_name "$3")"
        set -- "$1" "$2" "$(($3 + 1))"
    done
    # shellcheck disable=SC2086 # words: names here have no blank
    run_ffmpeg proof/said -v error -y -copyts $inputs $packets_into && return
    number=$1
    while [ "$number" -lt "$2" ]; do
        packets_of "$(chunk_name "$number")" "$(packets_name "$number")"
        number=$((number + 1))
    done
}

# read_packets_of_parts: of the rest and of each chunk. `differ` says that encoders wrote other
# parameter sets for one chunk than for another.
read_packets_of_parts() {
    packets_of "$rest" proof/rest
    begin=0
    while [ "$begin" -lt "$count" ]; do
        end=$((begin + at_once))
        [ "$end" -le "$count" ] || end=$count
        packets_of_chunks "$begin" "$end"
        begin=$end
    done
    differ=$(LC_ALL=C awk '
        /^#extradata 0:/ { if (FILENAME in seen) next; seen[FILENAME]; sub(/^[^:]*: */, ""); sets[$0] }
        END { for (each in sets) count++; if (count > 1) print "yes" }' proof/[0-9]*) ||
        fail "$wrong" "the chunks can't be read: awk failed"
}

# keep_parameters: put its parameter sets into each picture of a chunk that needs no other, and leave the
# times as they are. Of other codecs each such picture has them anyway.
keep_parameters() {
    film_is=$(LC_ALL=C awk '/^#codec_id 0:/ { print $3; exit }' "$(packets_name 0)")
    case $film_is in
        h264) set -- -bsf:v h264_mp4toannexb -tag:v avc3 ;;
        hevc) set -- -bsf:v hevc_mp4toannexb -tag:v hev1 ;;
        mpeg4 | mpeg2video) set -- -bsf:v dump_extra=freq=keyframe ;;
        *) return ;;
    esac
    number=0
    while [ "$number" -lt "$count" ]; do
        chunk=$(chunk_name "$number")
        packets=$(packets_name "$number")
        run_ffmpeg proof/said -v error -y -copyts -protocol_whitelist file -i "../$chunk" -map 0:v:0 \
            -c copy "$@" -movie_timescale 1000000 "../proof/whole$suffix"
        status=$?
        if [ "$status" -ne 0 ]; then
            cat proof/said >&2
            fail_as "$failed" "$status" "the parameter sets of $chunk can't be kept in it"
        fi
        mv "proof/whole$suffix" "$chunk" && mv "$packets" proof/before || no_room
        packets_of "$chunk" "$packets"
        times_of proof/before >proof/times && times_of "$packets" >proof/whole || no_room
        [ "$(cat proof/times)" = "$(cat proof/whole)" ] ||
            fail "$wrong" "$chunk has other times with its parameter sets in it"
        number=$((number + 1))
    done
    rm -f proof/before proof/times proof/whole
}

# times_of PACKETS: print when each packet of a chunk's film is shown, in seconds.
times_of() {
    LC_ALL=C awk "$reading"'{ printf "%.6f\n", field[3] * tick[FILENAME, 0] }' "$1"
}

# write_list: for ffmpeg, each chunk and how long it is until the next one begins. proof/begins has when
# each is shown. `lead` is when the film begins in the output, and `shift` by how much its format moves
# all, so that no time is below 0; a chunk's own time is the exact one, that of the rest is rounded.
write_list() {
    LC_ALL=C awk "$reading"'
        field[1] + 0 == film[FILENAME] + 0 {
            time = field[3] * tick[FILENAME, film[FILENAME]]
            if (!(FILENAME in begin) || time < begin[FILENAME]) begin[FILENAME] = time
        }
        END { for (each in begin) printf "%s %.6f\n", each, begin[each] }' proof/rest proof/[0-9]* |
        LC_ALL=C sort >proof/begins || no_room
    lead=$(LC_ALL=C awk -v tick="$(film_tick proof/rest)" '
        $1 == "proof/rest" { rest = $2 }
        $1 == "proof/0000" { first = $2 }
        END {
            if (rest == "" || first == "" || !tick) exit 1
            shift_ = rest - first
            if (shift_ < tick && shift_ > -tick) shift_ = 0
            else shift_ = int(shift_ / tick + (shift_ < 0 ? -0.5 : 0.5)) * tick
            printf "%.6f %.6f", first + shift_, shift_
        }' proof/begins) || fail "$wrong" 'the rest has no film that says when it begins'
    shift=${lead#* }
    lead=${lead% *}
    LC_ALL=C awk -v suffix="$suffix" -v count="$count" -v folder="$folder" -v from="$first" '
        $1 == "proof/rest" { next }
        chunks && $2 <= last { wrong = 1 }
        chunks { printf "duration %.6f\n", $2 - last }
        {
            last = $2
            chunks++
            printf "file \047%s/%04d%s\047\n", folder, from + substr($1, 7), suffix
        }
        END { exit wrong || chunks != count }' proof/begins >list.txt ||
        fail "$wrong" "the chunks aren't in the order of their times"
}

# film_tick PACKETS: how long a tick of the film's clock is.
film_tick() {
    LC_ALL=C awk "$reading"'
        END { for (each in film) printf "%.9f", tick[each, film[each]] }' "$1"
}

# read_delays: where ffmpeg moves a sound when it copies it, by how many ticks, as " STREAM:TICKS ": before
# version 6, Opus in Matroska is moved by its encoder's delay once more.
read_delays() {
    delays=
    case $name in
        *.mkv | *.webm) ;;
        *) return ;;
    esac
    grep -q '^#codec_id .* opus' proof/rest || return 0
    # shellcheck disable=SC2086 # two words, or none
    run_ffmpeg proof/said -v error -y -copyts $as_it_is -protocol_whitelist file -i "../$rest" -map 0:a -c copy \
        -frames:a 4 -avoid_negative_ts disabled -f matroska ../proof/copied ||
        fail "$failed" "its sound can't be copied"
    packets_of proof/copied proof/moved
    delays=$(LC_ALL=C awk '
        /^#media_type .* audio/ {
            split($2, word, ":")
            sound[FILENAME, word[1]] = ++sounds[FILENAME]
            number[FILENAME, sounds[FILENAME]] = word[1]
        }
        /^#/ { next }
        {
            split($0, field, / *, */)
            each = sound[FILENAME, field[1] + 0]
            if (each && ++packets[FILENAME, each] < 4) time[FILENAME, each, packets[FILENAME, each]] = field[3]
        }
        END {
            for (each = 1; each <= sounds["proof/rest"]; each++) {
                last = packets["proof/rest", each]
                if (last > 3) last = 3
                moved = time["proof/rest", each, last] - time["proof/moved", each, last]
                if (moved) printf " %d:%d ", number["proof/rest", each], moved
            }
        }' proof/rest proof/moved) || fail "$wrong" "its sound can't be read: awk failed"
    rm -f proof/copied proof/moved
}

# late_streams: print the numbers of the rest's streams that begin after 0.
late_streams() {
    LC_ALL=C awk '
        /^#/ { next }
        { split($0, field, / *, */) }
        !(field[1] in first) || field[3] + 0 < first[field[1]] { first[field[1]] = field[3] + 0 }
        END { for (each in first) if (first[each] > 0) print each }' proof/rest
}

# How the rest is read. The parsers of ffmpeg 5 put how much of the last packet isn't heard to the packet
# before it, each time that a Matroska file is copied.
as_it_is=
case $2 in
    *.mkv | *.webm) as_it_is='-fflags +noparse' ;;
esac

# join_parts: nothing is encoded. What is said of a stream comes from the rest.
join_parts() {
    film=$(LC_ALL=C awk '/^#media_type .* video/ { split($2, word, ":"); print word[1]; exit }' proof/rest)
    streams=$(grep -c '^#media_type ' proof/rest)
    run_ffmpeg proof/about -i "../$rest"
    run_ffmpeg proof/first -i "../$(chunk_name 0)"
    of_muxer=$(streams_of_muxer)
    set --
    number=0
    while [ "$number" -lt "$streams" ]; do
        case $of_muxer in
            *" $number "*)
                number=$((number + 1))
                continue
                ;;
        esac
        if [ "$number" -eq "$film" ]; then
            set -- "$@" -map 1:v:0 "-disposition:$number" "$(disposition_of "$number")"
            range=$(range_of "$number")
            [ -z "$range" ] || set -- "$@" "-color_range:$number" "$range"
            order=$(field_order_of proof/about "$number")
            [ "$order" = "$(field_order_of proof/first 0)" ] || set -- "$@" "-field_order:$number" "$order"
            keep_rate "$number"
        else
            set -- "$@" -map "0:$number"
            case $delays in
                *" $number:"*)
                    moved=${delays#*" $number:"}
                    set -- "$@" "-bsf:$number" "setts=ts=TS+${moved%% *}"
                    ;;
            esac
        fi
        number=$((number + 1))
    done
    if [ -n "$differ" ]; then
        case $film_is:$name in
            h264:*.mp4 | h264:*.m4v | h264:*.mov) set -- "$@" "-tag:$film" avc3 ;;
            hevc:*.mp4 | hevc:*.m4v | hevc:*.mov) set -- "$@" "-tag:$film" hev1 ;;
        esac
    fi
    case $name in
        *.mp4 | *.m4v | *.m4a | *.mov)
            set -- "$@" -movflags +faststart
            # How late a stream begins is rounded down to the file's own clock, of 1 ms as a rule. A
            # chapter has 32 bits of its ticks: in those that ffmpeg 9 chooses it may be too long.
            if grep -q '^ *Chapter #' proof/about; then
                set -- "$@" -movie_timescale 90000
            elif [ -n "$(late_streams)" ]; then
                set -- "$@" -movie_timescale 1000000
            fi
            ;;
    esac
    from=0
    ! names_streams || from=2
    number=0
    while [ "$number" -lt "$streams" ]; do
        set -- "$@" "-map_metadata:s:$number" "$from:s:$number"
        number=$((number + 1))
    done
    mkfifo pipe || no_room
    tee words.txt <pipe >&2 &
    listeners=$!
    # shellcheck disable=SC2086 # two words, or none
    run_ffmpeg pipe -v error -nostats -y -progress ../progress.txt -copyts $as_it_is -protocol_whitelist file \
        -i "../$rest" -itsoffset "$lead" -protocol_whitelist file -f concat -safe 0 -auto_convert 0 -i ../list.txt \
        ${said_by:+-f ffmetadata -i $said_by} -map_metadata 0 -map_chapters 0 "$@" -c copy -avoid_negative_ts disabled -f "$(muxer_of)" "$name"
    status=$?
    wait "$listeners"
    listeners=
    rm -f pipe
    [ "$status" -eq 0 ] || fail_as "$failed" "$status" "the chunks can't be joined"
    [ -s "making/$name" ] || fail "$empty" 'ffmpeg made nothing of the chunks'
}

# names_streams: whether a stream of the rest has a name in MP4, which is what is called a title when it's
# written. All that is said of the streams is in the file `said_by` then, with titles for names.
names_streams() {
    said_by=
    case $name in
        *.mp4 | *.m4v | *.mov) ;;
        *) return 1 ;;
    esac
    grep -q '^ *name  *: ' proof/about || return 1
    run_ffmpeg proof/said -v error -y -protocol_whitelist file -i "../$rest" -map 0 -c copy -f ffmetadata \
        ../proof/streams.txt || return 1
    LC_ALL=C awk '
        /^\[/ { within = $0 == "[STREAM]" }
        within && /^name=/ { sub(/^name=/, "title=") }
        { print }' proof/streams.txt >proof/titles.txt || no_room
    said_by=../proof/titles.txt
}

# streams_of_muxer: print the numbers of the tracks of timecodes and chapters, which a muxer makes of what
# is said of the film and of the file.
streams_of_muxer() {
    LC_ALL=C awk '
        $1 == "Stream" && /: Data: (none \(tmcd|bin_data \(text) / && match($2, /:[0-9]+/) {
            printf " %s ", substr($2, RSTART + 1, RLENGTH - 1)
        }' proof/about
}

muxer_of() {
    case $name in
        *.mov) echo mov ;;
        *.mkv) echo matroska ;;
        *.webm) echo webm ;;
        *) echo mp4 ;;
    esac
}

# disposition_of STREAM: as ffmpeg says it of the rest, with a plus between; 0 for none.
disposition_of() {
    LC_ALL=C awk -v stream="$1" '
        $1 == "Stream" && $2 ~ "^#0:" stream "[^0-9]" {
            line = $0
            while (match(line, /\([a-z ]+\)$/)) {
                word = substr(line, RSTART + 1, RLENGTH - 2)
                gsub(/ /, "_", word)
                found = word (found == "" ? "" : "+") found
                line = substr(line, 1, RSTART - 1)
                sub(/ +$/, "", line)
            }
        }
        END { print found == "" ? "0" : found }' proof/about
}

# range_of STREAM: print the range of a film's colours, as ffmpeg says it of the rest. An MP4 has nothing
# about it, unless it has its colours too; Matroska has.
range_of() {
    LC_ALL=C awk -v stream="$1" '
        $1 == "Stream" && $2 ~ "^#0:" stream "[^0-9]" && match($0, /\((tv|pc)[,)]/) {
            print substr($0, RSTART + 1, 2)
        }' proof/about
}

# field_order_of SAID STREAM: print the order of a film's fields, as ffmpeg's option has it.
field_order_of() {
    LC_ALL=C awk -v stream="$2" '
        $1 == "Stream" && $2 ~ "^#0:" stream "[^0-9]" {
            if (/top coded first \(swapped\)/) print "tb"
            else if (/bottom coded first \(swapped\)/) print "bt"
            else if (/[(, ]top first/) print "tt"
            else if (/[(, ]bottom first/) print "bb"
            else if (/[(, ]progressive/) print "progressive"
            else print "unknown"
        }' "$1"
}

# rate_of SAID STREAM: print the rate of a film's pictures, as ffmpeg says it, in its exact form.
rate_of() {
    LC_ALL=C awk -v stream="$2" '
        $1 == "Stream" && $2 ~ "^#0:" stream "[^0-9]" && match($0, /[0-9.]+k? fps/) {
            rate = substr($0, RSTART, RLENGTH - 4)
            if (rate ~ /k$/) rate = rate * 1000
            whole = int(rate + 0.5)
            if (rate == sprintf("%.2f", whole * 1000 / 1001)) rate = sprintf("%.9f", whole * 1000 / 1001)
            print rate
        }' "$1"
}

# keep_rate STREAM: have the rate of the rest's film in the output. Packets don't move by it. A film whose
# rate varies has that of its encoder in Matroska; the join would have the average of its first chunk. A
# copy has the rate of its source in any ffmpeg, and ffmpeg takes that of a list from its first file. So
# packets of this rate come first in the list, none of which is read.
keep_rate() {
    case $name:$suffix in
        *.mkv:.mp4 | *.webm:.mp4) ;;
        *) return 0 ;;
    esac
    rate=$(rate_of proof/about "$1")
    case $rate in
        '' | "$(rate_of proof/first 0)") return 0 ;;
    esac
    # All files of a list must have the same clock. A hundred packets have the rate to a millionth.
    ticks=$(LC_ALL=C awk -v rate="$rate" -v tick="$(film_tick proof/0000)" 'BEGIN {
        if (rate > 0 && tick > 0) printf "%.0f", 100 / rate / tick
    }')
    [ -n "$ticks" ] || return 0
    run_ffmpeg proof/said -v error -y -stream_loop 100 -protocol_whitelist file -i "../$(chunk_name 0)" \
        -map 0:v:0 -c copy -frames:v 100 -bsf:v "setts=ts=floor(N*$ticks/100):duration=ceil($ticks/100)" \
        ../proof/rate.mp4 || fail "$failed" "the rate of its pictures can't be kept"
    { printf "file 'proof/rate.mp4'\\noutpoint -1000\\nduration 0\\n" && cat list.txt; } >proof/list.txt &&
        mv proof/list.txt list.txt || no_room
}

# check_packets: the output has the packets of the rest and of the chunks, and no others.
check_packets() {
    packets_of "making/$name" proof/joined
    check_samples
    LC_ALL=C awk -v of_muxer="$of_muxer$sounds_of_samples" -v shift_="$shift" -v pictures="$pictures" "$reading"'
        # The order of streams is that of the file; only that of the packets of one is certain.
        FILENAME == "proof/rest" {
            key = field[1] + 0
            if (key == film[FILENAME] + 0 || index(of_muxer, " " key " ")) next
            other[key, ++others[key]] = field[3] " " field[5] " " field[6]
            all_others++
            next
        }
        FILENAME != "proof/joined" {
            time = field[3] * tick[FILENAME, film[FILENAME]] + shift_
            wanted[++packets] = field[5] " " field[6]
            at[packets] = time
            next
        }
        field[1] + 0 != film[FILENAME] + 0 {
            key = field[1] + 0
            if (index(of_muxer, " " key " ")) next
            if (other[key, ++found[key]] != field[3] " " field[5] " " field[6]) wrong = "stream " key
            left++
            next
        }
        {
            joined++
            if (wanted[joined] != field[5] " " field[6]) wrong = "the film"
            tick_ = tick[FILENAME, film[FILENAME]]
            off = field[3] * tick_ - at[joined]
            if (off > tick_ * 0.6 || off < -tick_ * 0.6) late++
        }
        END {
            if (wrong != "") print "wrong", wrong " isn\047t that of its parts"
            else if (kinds["proof/joined"] != kinds["proof/rest"]) print "wrong it has other streams"
            else if (joined != packets) printf "wrong %d packets of film of %d\n", joined, packets
            # A few at the beginning may not decode, as in the whole.
            else if (joined < 0.99 * pictures - 2) printf "wrong %d pictures of %d\n", joined, pictures
            else if (left != all_others) printf "wrong %d other packets of %d\n", left, all_others
            else if (late) printf "wrong %d of %d pictures aren\047t at their times\n", late, joined
            else printf "right joined of %d packets of film at their times, and %d others\n", joined, left
        }' proof/rest proof/[0-9]* proof/joined >proof/found ||
        fail "$wrong" "the film can't be checked: awk failed"
    read -r word words <proof/found || fail "$wrong" "the film can't be checked: awk failed"
    [ "$word" = right ] || fail "$wrong" "$words"
    printf '%s: %s, %s chunks\n' "$name" "$words" "$count" >>proof.txt || no_room
}

# check_samples: sounds that aren't compressed, which have no packets of their own: a demuxer makes them as
# it likes. All of their bytes are compared at once. `sounds_of_samples` are the numbers of these streams.
check_samples() {
    sounds_of_samples=$(LC_ALL=C awk '
        /^#codec_id [0-9]+: pcm_/ { split($2, word, ":"); printf " %s ", word[1] }' proof/rest)
    for number in $sounds_of_samples; do
        for file in "$rest" "making/$name"; do
            run_ffmpeg proof/said -v error -y -protocol_whitelist file -i "../$file" -map "0:$number" -c copy \
                -f streamhash -hash md5 ../proof/samples || {
                cat proof/said >&2
                fail "$broken" "$file can't be read"
            }
            cat proof/samples
        done | LC_ALL=C sort -u | wc -l | {
            read -r hashes
            [ "$hashes" -eq 1 ]
        } || fail "$wrong" "stream $number isn't that of its parts"
    done
}

# check_joints: the first pictures after each joint decode; of many joints, fifty.
check_joints() {
    LC_ALL=C awk -v shift_="$shift" '
        $1 != "proof/rest" && $1 != "proof/0000" { time[++joints] = $2 + shift_ }
        END {
            step = joints > 50 ? joints / 50 : 1
            for (at = 1; at <= joints; at += step) printf "%.6f\n", time[int(at)]
        }' proof/begins >proof/joints || no_room
    checked=0
    some=
    while read -r time; do
        some="$some $time"
        checked=$((checked + 1))
        [ $((checked % at_once)) -ne 0 ] || {
            check_times "$some"
            some=
        }
    done <proof/joints
    [ -z "$some" ] || check_times "$some"
    printf '%s: joints decoded: %s\n' "$name" "$checked" >>proof.txt || no_room
}

# check_times TIMES: the first pictures decode after each of these joints. Where they don't, each joint
# is tried by itself, so that the first bad one is named.
check_times() {
    # shellcheck disable=SC2086 # words of numbers
    decode_at $1
    if [ "$status" -ne 0 ] || complaints 2>/dev/null; then
        for time in $1; do
            decode_at "$time"
            if [ "$status" -ne 0 ] || complaints; then
                fail_as "$broken" "$status" "the film doesn't decode after the joint at $time s"
            fi
        done
    fi
}

# decode_at TIME...: decode three pictures from each time on. What ffmpeg says goes to check.txt.
decode_at() {
    wanted=
    number=0
    for time; do
        shift
        set -- "$@" -seek_timestamp 1 -ss "$time" -protocol_whitelist file -i "$name"
        wanted="$wanted -map $number:$film -frames:v 3 -f null -"
        number=$((number + 1))
    done
    # shellcheck disable=SC2086 # words of numbers and options
    run_ffmpeg check.txt -v error -xerror -copyts "$@" $wanted
    status=$?
}
