# A part of join.sh: what was measured of each chunk, put together.

# join_scores: to proof.txt, as `tell_quality` says it of a film. The CRF is a range. Of chunks that were
# joined to longer ones before, all scores are here.
join_scores() {
    [ -n "$metric" ] || return 0
    set -- "$folder"/*.scores/quality.txt
    [ -s "$1" ] || set --
    if [ "$#" -lt "$count" ]; then
        tell "the quality of $((count - $#)) chunks was not measured"
        [ "$#" -gt 0 ] || return 0
    fi
    LC_ALL=C awk '!/^(quality|rate) / { print $2 }' "$@" | sort -n >proof/scores.sorted || no_room
    LC_ALL=C awk -v chunks="$count" '
        function absolute(number) { return number < 0 ? -number : number }
        FILENAME == "proof/scores.sorted" { sorted[++all] = $1; next }
        $1 == "quality" {
            offset = latest
            for (at = 2; at <= NF; at++) {
                split($at, part, "=")
                of[part[1]] = part[2]
            }
            crf = of["crf"] + 0
            if (!measured++ || crf < low) low = crf
            if (crf > high) high = crf
            probes += of["probes"]
            encodes += of["encodes"]
            ends[of["end"]]++
            next
        }
        $1 == "rate" { rate = $2; next }
        {
            sum += $2 * of["every"]
            weight += of["every"]
            second = int(offset + $1 / rate)
            total[second] += $2
            count[second]++
            latest = offset + ($1 + of["every"]) / rate
        }
        END {
            for (second in total) {
                value = total[second] / count[second]
                if (worst == "" || value < worst) { worst = value; at = second }
            }
            mean = sum / weight
            end = "reached"
            if (absolute(mean - of["target"]) > of["tolerance"] * 1.02) {
                end = mean < of["target"] ? (ends["most"] ? "most" : "missed") : \
                    ends["least"] ? "least" : "missed"
            }
            printf "quality metric=%s%s target=%s tolerance=%s mean=%.6f p5=%.6f worst=%.6f worst_at=%d", \
                of["metric"], ("model" in of) ? " model=" of["model"] : "", of["target"], \
                of["tolerance"], mean, sorted[int((all - 1) * 0.05) + 1], worst, at
            printf " crf=%s every=%d probes=%d encodes=%d end=%s chunks=%d\n", \
                low == high ? low : low "-" high, of["every"], probes, encodes, end, chunks
        }' proof/scores.sorted "$@" >>proof.txt || no_room
}
