# A part of encode.sh: which CRF is tried next for a quality, and when enough is known.

# It reads what was tried, a CRF and what it came to a line. Over the CRF a score falls along a line, if
# it's taken as the logarithm of what it has for what it lacks: so few tries are enough. It prints
#
#   try CRF         this one is to be tried
#   take CRF WORD   it's known: WORD is `reached`; `most` where the best CRF that may be isn't enough;
#                   `least` where even the worst one is more than enough
#
# A CRF is tried once at most. `most_tries` are allowed; what is `near` enough needs no other one, nor
# what lies between two that are at most `apart`.
# shellcheck disable=SC2016 # of awk
choosing='
    # Not every awk has logarithms.
    function ln(x, halves, z, power, sum, at) {
        while (x > 1.5) { x /= 2; halves++ }
        while (x < 0.75) { x *= 2; halves-- }
        z = (x - 1) / (x + 1)
        power = z
        for (at = 1; at < 40; at += 2) { sum += power / at; power *= z * z }
        return 2 * sum + halves * 0.69314718056
    }
    function height(score, x) {
        x = score / top
        if (x < 0.0005) x = 0.0005
        if (x > 0.9995) x = 0.9995
        return ln(x / (1 - x))
    }
    function absolute(number) { return number < 0 ? -number : number }
    function within(number, low, high) { return number < low ? low : number > high ? high : number }
    # A CRF that can be: the limits themselves always can.
    function rounded(crf) {
        crf = within(crf, best + 0, worst + 0)
        if (crf == best + 0 || crf == worst + 0) return crf
        return within(int(crf / step + 0.5) * step, best + 0, worst + 0)
    }
    function slope_of(one, other, found) {
        if (c[one] == c[other]) return slope
        found = (height(s[one]) - height(s[other])) / (c[other] - c[one])
        return within(found, slope / 3, slope * 3)
    }
    function tell(word, crf, end) {
        printf "%s %s%s\n", word, sprintf("%.2f", crf) + 0, end == "" ? "" : " " end
        exit
    }
    function take(crf, at) {
        for (at = 1; at <= n; at++) {
            if (absolute(c[at] - crf) > 0.001) continue
            if (crf == best + 0 && s[at] < target - near) tell("take", crf, "most")
            if (crf == worst + 0 && s[at] > target + near) tell("take", crf, "least")
        }
        tell("take", crf, "reached")
    }
    NF >= 2 { c[++n] = $1 + 0; s[n] = $2 + 0 }
    END {
        goal = height(target)
        if (!n) tell("try", rounded(start))
        for (at = 1; at <= n; at++) {
            if (s[at] >= target) { if (!low || c[at] > c[low]) low = at }
            else if (!high || c[at] < c[high]) high = at
            if (!first || absolute(height(s[at]) - goal) < absolute(height(s[first]) - goal)) first = at
        }
        for (at = 1; at <= n; at++) {
            if (at == first) continue
            if (!second || absolute(height(s[at]) - goal) < absolute(height(s[second]) - goal)) second = at
        }
        if (low && high && c[low] < c[high] && height(s[low]) > height(s[high])) {
            crf = c[low] + (c[high] - c[low]) * (height(s[low]) - goal) / (height(s[low]) - height(s[high]))
            between = c[high] - c[low]
        } else {
            crf = c[first] + within((height(s[first]) - goal) / (second ? slope_of(first, second) : slope), \
                -farthest, farthest)
        }
        crf = rounded(crf)
        off = absolute(s[first] - target)
        for (at = 1; at <= n; at++) if (absolute(c[at] - crf) < 0.001) take(is_final ? c[first] : crf)
        if (is_final && (off <= near || n >= most_tries)) take(c[first])
        if (!is_final && (n >= most_tries || off <= near || between && between <= apart)) take(crf)
        if (!is_final && (n >= 2 && off <= 2 * near || n >= 3 && off <= 3 * near)) take(crf)
        tell("try", crf)
    }'

# next_crf FILE: of samples.
next_crf() {
    LC_ALL=C awk -v target="$target" -v best="$best_crf" -v worst="$worst_crf" -v step="$crf_step" \
        -v start="$start_crf" -v slope="$crf_slope" -v top="$top_score" -v near="$near_enough" \
        -v apart="$near_crfs" -v farthest=14 -v most_tries=4 "$choosing" "$1"
}

# next_encode FILE SLOPE: of whole encodes.
next_encode() {
    LC_ALL=C awk -v target="$target" -v best="$best_crf" -v worst="$worst_crf" -v step="$crf_step" \
        -v start="$start_crf" -v slope="$2" -v top="$top_score" -v near="$tolerance" \
        -v apart=0 -v farthest=8 -v most_tries=3 -v is_final=1 "$choosing" "$1"
}
