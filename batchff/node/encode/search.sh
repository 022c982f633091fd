# A part of encode.sh: a film gets the CRF by which it reaches the quality that is asked for.

# Samples of the source are made ready once: pieces of it, through the output's filters, without loss.
# They are encoded by the output's own arguments with a CRF, and measured. What is encoded whole then
# is measured too, and encoded again where it misses.

# search_crf: set `crf`.
search_crf() {
    [ -n "$metric" ] || return 0
    check_scorer
    measured_by=
    if [ -n "$chain" ]; then
        fill_in "$chain"
        measured_by=$argument,
    fi
    true >proof/probes || no_room
    true >proof/encodes || no_room
    end=reached
    if make_samples; then
        while :; do
            read -r word crf end <<END
$(next_crf proof/probes)
END
            [ "$word" = try ] || break
            try_crf || {
                tell "the samples can't be encoded or measured: a CRF is guessed"
                true >proof/probes
                break
            }
        done
    else
        tell 'no samples can be made of the source: a CRF is guessed'
    fi
    crf=${crf:-$start_crf}
    rm -f making/samples.nut making/probe.*
    printf 'encode.sh: CRF %s for %s %s, by samples\n' "$crf" "$metric" "$target" >&2
}

# try_crf: encode the samples with `crf`, and add what they come to.
try_crf() {
    set -- -v error -y
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            'Qword '*)
                fill_in "${line#Qword }"
                set -- "$@" "$argument"
                ;;
        esac
    done <recipe.txt
    run_ffmpeg proof/probe-words -protocol_whitelist file -format_whitelist nut -i samples.nut "$@" &&
        measure_samples "$argument" || return 1
    printf '%s %s\n' "$crf" "$mean" >>proof/probes || no_room
    printf 'probe crf=%s score=%s\n' "$crf" "$mean" >>proof.txt || no_room
}

# measure_samples FILE
measure_samples() {
    whole_chain=$measured_by
    measured_by=
    whole_film=$film_stream
    film_stream=0
    measure "$1" 3 number -format_whitelist nut -i samples.nut
    status=$?
    measured_by=$whole_chain
    film_stream=$whole_film
    [ "$status" -eq 0 ] || return 1
    leave_out_ends
    sum_up 25
}

# leave_out_ends: the last pictures of a piece are encoded as if nothing came after them, and read low.
leave_out_ends() {
    [ "$count" -gt 1 ] || return 0
    mv proof/scores proof/all-scores || no_room
    LC_ALL=C awk -v pieces="$count" '
        { number[NR] = $1; score[NR] = $2 }
        END {
            length_ = (number[NR] + 1) / pieces
            for (at = 1; at <= NR; at++) {
                place = number[at] / length_
                if (place - int(place) < 0.82) print number[at], score[at]
            }
        }' proof/all-scores >proof/scores || no_room
    [ -s proof/scores ] || mv proof/all-scores proof/scores
}

# make_samples: pieces of the source as the encoder gets them, one after the other.
make_samples() {
    choose_pieces >proof/pieces
    [ -s proof/pieces ] || return 1
    set --
    graph=
    count=0
    while read -r from length_; do
        [ "$from" = - ] || set -- "$@" -ss "$from" -t "$length_"
        # shellcheck disable=SC2086 # words, a name of a format, or nothing
        set -- "$@" $input_words -protocol_whitelist file -format_whitelist "$formats${stated:+,$stated}" \
            ${stated:+-f $stated} -i "$input"
        graph=$graph"[$count:$film_stream]${measured_by}setpts=PTS-STARTPTS[piece$count];"
        count=$((count + 1))
    done <proof/pieces
    pieces=
    number=0
    while [ "$number" -lt "$count" ]; do
        pieces=$pieces"[piece$number]"
        number=$((number + 1))
    done
    run_ffmpeg proof/sample-words -v error -y "$@" -filter_complex "$graph${pieces}concat=n=$count[all]" \
        -map '[all]' -fps_mode passthrough -enc_time_base 1:90000 -c:v "$(codec_of_samples)" \
        -f nut samples.nut && [ -s making/samples.nut ]
}

# codec_of_samples: print by which they are kept: as they are, if that takes no more than a gigabyte.
codec_of_samples() {
    LC_ALL=C awk -v film="$film_stream" '
        part == "source" && $1 == "stream" && $2 == film { pixels = $5 * $6 }
        part == "times" && $1 == film { count++; if ($2 > last) last = $2 }
        part == "pieces" { seconds += $2 }
        END {
            share = seconds && last > seconds ? seconds / last : 1
            print count * share * pixels * 2 < 1e9 ? "rawvideo" : "ffvhuff"
        }' part=source proof/source part=times proof/source.times part=pieces proof/pieces
}

# choose_pieces: print from where on, and how long, a piece a line; a dash is all of it. One is in each
# of several parts of equal length: the one whose packets take as much as those of its part, so that it's
# as hard.
choose_pieces() {
    # These encode up to 32 pictures together: shorter pieces read low.
    fewest=20
    ! grep -qE '^Qword lib(svtav1|aom-av1|vpx)' recipe.txt || fewest=34
    LC_ALL=C awk -v fewest="$fewest" -v film="$film_stream" -v until="$until" -v cut_from="$cut_from" -v cut="$cut" '
        function absolute(number) { return number < 0 ? -number : number }
        function bytes(from, to, at, sum) {
            for (at = int(from * 10 + 0.5); at < int(to * 10 + 0.5); at++) sum += bin[at]
            return sum
        }
        $1 == film {
            if (until != "" && $2 >= until) next
            bin[int($2 * 10)] += $3
            count++
            if ($2 > last) last = $2
        }
        END {
            if (last <= 11) {
                if (cut != "") print cut_from, last + 0.2
                else print "- -"
                exit
            }
            total = last * 0.075
            if (total < 5.5) total = 5.5
            if (total > 22) total = 22
            piece = fewest * last / count
            if (piece < 0.9) piece = 0.9
            count = int(total / piece + 0.5)
            if (count < 2) count = 2
            length_ = total / count
            part = last / count
            for (number = 0; number < count; number++) {
                begin = number * part
                mean = bytes(begin, begin + part) / part
                middle = (part - length_) / 2
                least = ""
                for (try = 0; try <= 8; try++) {
                    from = begin + (part - length_) * try / 8
                    off = absolute(bytes(from, from + length_) / length_ - mean) + \
                        mean * 0.02 * absolute(from - begin - middle) / part
                    if (least != "" && off >= least) continue
                    least = off
                    at = from
                }
                printf "%.3f %.3f\n", cut_from + at, length_
            }
        }' proof/source.times
}

# reach_quality NAME: hold the output against what is asked for. Where it misses, it's encoded again with
# a CRF by what it came to, twice at most; the best one is kept.
reach_quality() {
    [ -n "$metric" ] || return 0
    name=$1
    kept=
    while :; do
        measure_whole "$name" || {
            tell "the output's quality can't be measured"
            printf 'quality metric=%s target=%s crf=%s end=unmeasured\n' "$metric" "$target" "$crf" \
                >>proof.txt || no_room
            [ -z "$kept" ] || mv proof/kept "making/$name" || no_room
            return 0
        }
        printf '%s %s\n' "$crf" "$mean" >>proof/encodes || no_room
        found="mean=$mean p5=$p5 worst=$worst_second worst_at=$worst_at crf=$crf every=$every"
        printf 'encode.sh: CRF %s is %s %s\n' "$crf" "$metric" "$mean" >&2
        printf 'encode crf=%s score=%s\n' "$crf" "$mean" >>proof.txt || no_room
        off=$(off_target "$mean")
        if [ -z "$kept" ] || is_less "$off" "$kept_off"; then
            mv proof/scores proof/kept-scores || no_room
        fi
        read -r word next end <<END
$(next_encode proof/encodes "$(slope_of_probes)")
END
        if [ -n "$kept" ] && ! is_less "$off" "$kept_off"; then
            mv proof/kept "making/$name" || no_room
            found=$kept
            off=$kept_off
        fi
        [ "$word" = try ] || break
        kept=$found
        kept_off=$off
        mv "making/$name" proof/kept || no_room
        crf=$next
        rm -f proof/mapping
        encode_all
    done
    rm -f proof/kept
    [ "$end" != reached ] || is_less "$off" "$(widened)" || end=missed
    tell_quality
}

# measure_whole NAME: all of it; of a long film every seventh picture. It's an odd number, as encoders
# make every second or fourth picture better than the others.
measure_whole() {
    # shellcheck disable=SC2046 # two numbers
    set -- "$1" $(LC_ALL=C awk -v film="$film_stream" '
        $1 == film { count++; if ($2 > last) last = $2 }
        END { print count + 0, (count > 1 && last > 0 ? (count - 1) / last : 25) }' proof/source.times)
    pictures=$2
    rate=$3
    every=$((pictures / 300 / 2 * 2 + 1))
    [ "$every" -le 7 ] || every=7
    how=time
    [ "$(pictures_made)" != "$pictures" ] || how=number
    made_name=$1
    # shellcheck disable=SC2086 # words
    measure "$made_name" "$every" "$how" $cut $input_words -protocol_whitelist file \
        -format_whitelist "$formats${stated:+,$stated}" ${stated:+-f $stated} -i "$input" || return 1
    sum_up "$rate"
}

# pictures_made: print how many there are, by the last report of the run.
pictures_made() {
    LC_ALL=C awk -F= '$1 == "frame" { last = $2 } END { print last + 0 }' progress.txt
}

off_target() {
    LC_ALL=C awk -v score="$1" -v target="$target" 'BEGIN {
        printf "%.6f", score < target ? target - score : score - target
    }'
}

# is_less ONE OTHER
is_less() {
    LC_ALL=C awk -v one="$1" -v other="$2" 'BEGIN { exit !(one + 0 < other + 0) }'
}

# widened: print the tolerance, and what isn't worth a word beyond it.
widened() {
    LC_ALL=C awk -v tolerance="$tolerance" 'BEGIN { printf "%.6f", tolerance * 1.02 }'
}

# slope_of_probes: print how steep the curve is near the CRF, by the samples.
slope_of_probes() {
    LC_ALL=C awk -v top="$top_score" -v slope="$crf_slope" -v crf="$crf" "${choosing%%NF >= 2*}"'
        NF >= 2 { c[++n] = $1 + 0; s[n] = $2 + 0 }
        END {
            for (at = 1; at <= n; at++) {
                if (!one || absolute(c[at] - crf) < absolute(c[one] - crf)) one = at
            }
            for (at = 1; at <= n; at++) {
                if (at == one) continue
                if (!two || absolute(c[at] - crf) < absolute(c[two] - crf)) two = at
            }
            print two ? slope_of(one, two) : slope
        }' proof/probes
}

# tell_quality: what was reached, in proof.txt and where it isn't what was asked for, in words.
tell_quality() {
    made_size=$(wc -c <"making/$name")
    source_size=$(wc -c <"$input")
    printf 'quality metric=%s%s target=%s tolerance=%s %s probes=%s encodes=%s end=%s\n' "$metric" \
        "${model:+ model=$model}" "$target" "$tolerance" "$found" "$(($(wc -l <proof/probes)))" \
        "$(($(wc -l <proof/encodes)))" "$end" >>proof.txt || no_room
    {
        tail -n 1 proof.txt
        printf 'rate %s\n' "$rate"
        while read -r number score; do
            printf '%s %s\n' "$number" "$score"
        done <proof/kept-scores
    } >quality.txt || no_room
    reached=${found#mean=}
    reached=$(LC_ALL=C awk -v score="${reached%% *}" -v top="$top_score" 'BEGIN {
        printf top == 1 ? "%.4f" : "%.1f", score
    }')
    case $end in
        most) tell "$metric $target can't be reached: it reaches $reached at most" ;;
        least) tell "$metric $target is too low for it: it has $reached with the worst CRF that may be" ;;
        missed) tell "$metric $target is missed: it has $reached$(is_more "$reached")" ;;
    esac
    if [ -z "$share" ] && [ "$end" != least ] && [ "$made_size" -gt "$source_size" ]; then
        tell "it takes more bytes than its source to reach $metric $target"
    fi
}

# is_more SCORE: say it of one above the target.
is_more() {
    ! is_less "$target" "$1" || echo ', more than is asked for'
}
