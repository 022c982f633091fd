# A part of encode.sh: what is in a file, by its packets.

# read_facts FILE WORDS PACKETS NUMBER [CUT]: print what is in a file, as ffmpeg described it at level
# info in WORDS, and by what was written to PACKETS as framecrc, which is ffmpeg's output NUMBER. Times
# are in seconds. With a CUT, FROM:TO, they are of that part and count from its beginning. The times of
# pictures, and how many bytes they take, go to FILE.times. A dash is what isn't known. `began` is where the file's clock begins, if
# another one is to be taken than WORDS say.
#
#   file FORMAT DURATION START ESTIMATED
#   stream INDEX KIND COVER WIDTH HEIGHT TRANSFER CHANNELS
#   packets INDEX COUNT CODED BEGIN END LONGEST UNTIMED KEYED TICK
#   errors COUNT HARMLESS AT_EDGES
read_facts() {
    true >"$1.unsorted" || no_room
    LC_ALL=C awk -v times="$1.unsorted" -v number="$4" -v cut="${5:-}" -v began="$began" "$damage"'
        function text_of(line) {
            while (match(line, /^\[[^]]*\] /)) line = substr(line, RLENGTH + 1)
            # What is empty but for its level has no blank behind that.
            return line
        }
        function seconds(clock, part) {
            if (split(clock, part, ":") != 3) return "-"
            return part[1] * 3600 + part[2] * 60 + part[3]
        }
        function channels_of(text, part, name) {
            name = text
            sub(/\(.*/, "", name)
            if (name == "mono") return 1
            if (name == "stereo" || name == "downmix" || name == "binaural") return 2
            if (name == "quad") return 4
            if (name == "cube" || name == "octagonal") return 8
            if (name == "hexagonal") return 6
            if (name ~ /^[0-9]+ channels$/) return name + 0
            if (name ~ /^[0-9]+\.[0-9]+(\.[0-9]+)?$/) {
                split(name, part, ".")
                return part[1] + part[2] + part[3]
            }
            return "-"
        }
        # Commas within brackets belong to a format of pixels.
        function describe(text, index_, kind, rest, part, count, at, colours, side) {
            rest = text
            width = height = transfer = channels = "-"
            if (kind == "video" && match(rest, /, [0-9]+x[0-9]+/)) {
                split(substr(rest, RSTART + 2, RLENGTH - 2), side, "x")
                width = side[1]
                height = side[2]
                colours = substr(rest, 1, RSTART)
                count = split(colours, part, /[(), ]+/)
                for (at = 1; at <= count; at++) {
                    if (split(part[at], side, "/") == 3 && side[1] !~ /^0x|^[A-Za-z0-9]*\[/) {
                        transfer = side[3]
                    } else if (part[at] ~ /^(bt709|smpte170m|bt2020|film|smpte240m)$/) {
                        transfer = part[at]
                    }
                }
                if (transfer == "" || transfer == "unknown") transfer = "-"
            }
            if (kind == "audio") {
                count = split(rest, part, ", ")
                for (at = 2; at <= count && channels == "-"; at++) channels = channels_of(part[at])
            }
            printf "stream %d %s %d %s %s %s %s\n", index_, kind, text ~ /\(attached pic\)/, \
                width, height, transfer, channels
        }
        part == "words" {
            line = text_of($0)
            if (line ~ /^Input #0, /) {
                where = "input"
                format = line
                sub(/^Input #0, /, "", format)
                sub(/, from .*/, "", format)
                gsub(/ /, "_", format)
            } else if (line ~ /^(Input|Output) #/) {
                where = "other"
            } else if (line ~ /^Stream mapping:/) {
                where = "mapping"
            } else if (line ~ /Estimating duration from bitrate/) {
                estimated = 1
            } else if (where == "input" && line ~ /^  Duration: /) {
                split(line, word, /[ ,]+/)
                duration = seconds(word[3])
                if (began != "") {
                    start = began
                } else if (match(line, /start: -?[0-9.]+/)) {
                    start = substr(line, RSTART + 7, RLENGTH - 7) + 0
                }
            } else if (where == "input" && match(line, /^ +Stream #0:[0-9]+/)) {
                # It is further in within a group of streams, which may have one twice.
                at = substr(line, 1, RLENGTH)
                sub(/.*:/, "", at)
                at += 0
                if (at in kinds || !match(line, /: (Video|Audio|Subtitle|Data|Attachment): /)) next
                kind = tolower(substr(line, RSTART + 2, RLENGTH - 4))
                if (kind == "subtitle") kind = "subtitles"
                kinds[at] = kind
                covers[at] = line ~ /\(attached pic\)/
                describe(line, at, kind)
            } else if (where == "mapping" && line ~ /^  Stream #0:[0-9]+ -> #[0-9]+:[0-9]+/) {
                split(line, word, /[ #:]+/)
                # A blank, Stream, 0, index, ->, number, index of it.
                if (word[6] == number) source[word[7]] = word[4]
            }
            if ($0 ~ /mpegts @ .*Packet corrupt/) {
                split(line, word, /[ ,)]+/)
                places[word[5] " " word[8] + 0]
            } else if (is_damage(line) && !(format == "mpegts" && line ~ /corrupt input packet/)) {
                errors++
            }
            if (line ~ /^Header missing|^Invalid UTF-8 in decoded subtitles/) headers++
            next
        }
        /^#tb / {
            split($2, word, ":")
            split($3, side, "/")
            tick[word[1]] = side[1] / side[2]
            next
        }
        /^#/ { next }
        {
            split($0, field, / *, */)
            k = field[1] + 0
            if (!(k in tick)) next
            at = k in source ? source[k] : k
            flags = match($0, /F=0x[0-9A-F]+/) ? substr($0, RSTART + 4, RLENGTH - 4) : "1"
            last = substr(flags, length(flags))
            is_key = last ~ /[13579BDF]/
            is_discarded = last ~ /[4567CDEF]/
            untimed = field[3] < -9e18
            # A time that is missing is the least number there is, or what ffmpeg made of that.
            if (untimed && field[2] < -9e18 || field[2] * tick[k] > 9e9 || field[2] * tick[k] < -9e9) {
                time = "-"
            } else {
                time = (untimed ? field[2] : field[3]) * tick[k]
                if (!(at in lowest)) lowest[at] = field[2] * tick[k]
                highest[at] = field[2] * tick[k]
            }
            if (!(k in keyed)) keyed[k] = is_key
            # Before the first whole picture nothing decodes.
            if (is_key) had_key[k]
            if (kinds[at] == "video" && !(k in had_key)) next
            if (time != "-" && !started && !covers[at]) {
                # A clock that has turned over since the header.
                if (start == "" || time - start > 1000 || start - time > 1000) start = time
                started = 1
            }
            length_ = field[4] > 0 ? field[4] * tick[k] : 0
            if (time != "-") {
                time -= start
                if (cut != "") {
                    split(cut, part_of, ":")
                    if (part_of[2] != "" && time >= part_of[2] - 0.0005) next
                    if (time < part_of[1] - (kinds[at] == "video" ? 0.0005 : length_)) next
                    time -= part_of[1]
                    if (time < 0) time = 0
                } else time += 0
            }
            if (is_discarded) next
            # Where recordings are joined, the clock begins anew; ffmpeg writes the last time instead.
            if ((k in clock) && field[2] + 0 == clock[k]) stuck[k]++
            else stuck[k] = 0
            clock[k] = field[2] + 0
            if (stuck[k] > 20) jumps = 1
            count[k]++
            if (field[5] > 0) coded[k]++
            if (untimed) lacking[k]++
            if (length_ > longest[k]) longest[k] = length_
            if (time == "-") next
            if (cut != "" && part_of[2] != "" && time + length_ > part_of[2] - part_of[1]) {
                length_ = part_of[2] - part_of[1] - time
            }
            if (!(k in begin) || time < begin[k]) begin[k] = time
            if (!(k in end) || time + length_ > end[k]) end[k] = time + length_
            if (kinds[at] == "video" && !covers[at] && field[5] > 0) {
                printf "%d %.6f %d\n", at, time, field[5] >times
            }
        }
        END {
            printf "file %s %s %s %d\n", format == "" ? "-" : format, \
                duration == "" ? "-" : duration, start == "" ? "-" : start, estimated
            for (k in tick) {
                at = (k in source) ? source[k] : k
                printf "packets %d %d %d %s %s %.6f %d %d %.9f\n", at, count[k], coded[k], \
                    ((k in begin) ? sprintf("%.6f", begin[k]) : "-"), \
                    ((k in end) ? sprintf("%.6f", end[k]) : "-"), \
                    longest[k], lacking[k], (!(k in keyed) || keyed[k]), tick[k]
            }
            # A recording of what is on the air begins and ends anywhere.
            for (place in places) {
                split(place, word, " ")
                time = word[2] / 90000
                if (time < lowest[word[1]] + 1 || time > highest[word[1]] - 1) edges++
                else errors++
            }
            printf "errors %d %d %d\n", errors, headers, edges
            printf "jumps %d\n", jumps
        }' part=words "$2" part=packets "$3" >"$1" || no_room
    sort -k1,1n -k2,2n "$1.unsorted" >"$1.times" || no_room
    rm -f "$1.unsorted" "$3"
}

# Which of ffmpeg's words say that a file is cut off or damaged. They are of ffmpeg 5.1 and 9. What
# isn't here is harmless, as a "mmco: unref short failure", times that don't rise, a format of pixels
# that is deprecated, or a stream whose parameters aren't known.
damage_words='partial file|File ended prematurely|Packet corrupt|corrupt input packet'
damage_words=$damage_words'|Error while decoding stream|Error submitting (a )?packet to (the )?decoder'
damage_words=$damage_words'|Decoding error: |error while decoding MB|concealing [0-9]+ DC'
damage_words=$damage_words'|corrupt decoded frame|Invalid NAL unit size|Error splitting the input into'
damage_words=$damage_words'|invalid as first byte of an EBML|Read error at pos|CRC mismatch'
damage_words=$damage_words'|Truncating packet'
damage="function is_damage(line) { return line ~ /$damage_words/ }"
