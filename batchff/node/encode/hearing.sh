# A part of encode.sh: how loud and how high an output sounds is held against the source.

# In parts of 1.5 s, of 30 steps each. They may be off by what an encoder for few bits loses, and by one
# step. What is always the same, as a tone or silence, tells nothing of when it is.
# shellcheck disable=SC2016 # of awk
hearing='
    function absolute(number) { return number < 0 ? -number : number }
    /^frame:/ { split($2, word, ":"); at = int(word[2] / 400 + 0.5); next }
    /RMS_level=/ {
        split($0, word, "=")
        value = word[2] ~ /^-?[0-9.]+$/ ? word[2] + 0 : -99
        if (value < -50) value = -50
        if (part == "source") { s_loud[at] = value; s_last = at }
        else { m_loud[at] = value; m_last = at }
    }
    /Zero_crossings_rate=/ {
        split($0, word, "=")
        if (part == "source") s_high[at] = word[2] * 100
        else m_high[at] = word[2] * 100
    }
    # What lies half-way between two steps, whose power is the mean of theirs: not every awk has logarithms.
    function between(one, other, high, off) {
        high = one > other ? one : other
        off = absolute(one - other)
        return high - (off < 6 ? off * 0.34 : off < 12 ? 1.3 + off * 0.12 : 2.8)
    }
    # The loudness of the source at half a step, or so many.
    function loud_at(half, at) {
        at = int(half / 2)
        if (half % 2 == 0) return s_loud[at]
        return between(s_loud[at], s_loud[at + 1])
    }
    # What is hardly heard, or begins or ends, crosses zero anyhow.
    function is_heard(loud, at) {
        return (at - 1 in loud) && (at + 1 in loud) && \
            loud[at - 1] > -45 && loud[at] > -45 && loud[at + 1] > -45
    }
    # Near half of the sampling rate, each resampler leaves something else.
    function is_shrill(crossings_) { return crossings_ > 70 }
    # How far a part of the output is from the source, so many half steps before.
    function distance(from, lag, at, half, other, loud, sum, off, found) {
        for (at = from; at < from + wide; at++) {
            half = 2 * at - lag
            other = int(half / 2)
            if (half < 0 || !(other in s_loud) || !(at in m_loud)) continue
            if (half % 2 && !(other + 1 in s_loud)) continue
            if (is_shrill(s_high[other]) || is_shrill(s_high[other + 1]) || is_shrill(m_high[at])) continue
            found++
            loud = loud_at(half)
            off = m_loud[at] - loud - gain
            # What is silent here may be anything below that.
            if (loud <= -50 && off < 0 || m_loud[at] <= -50 && off > 0) off = 0
            sum += off * off
            if (is_heard(m_loud, at) && is_heard(s_loud, other)) {
                off = m_high[at] - (half % 2 ? (s_high[other] + s_high[other + 1]) / 2 : s_high[other]) - pitch
                sum += off * off
            }
        }
        return found < wide * 0.7 ? -1 : sum / found
    }
    function variance(from, at, count, sum, square, high, highs, some) {
        for (at = from; at < from + wide; at++) {
            if (!(at in s_loud)) continue
            count++; sum += s_loud[at]; square += s_loud[at] * s_loud[at]
            if (s_loud[at] > -45) { some++; high += s_high[at]; highs += s_high[at] * s_high[at] }
        }
        crossings = some ? high / some / 100 : 0
        if (!count) return 0
        return square / count - sum * sum / count / count + \
            (some ? highs / some - high * high / some / some : 0)
    }
    function nearest(from, lag, far, near) {
        near = -1
        for (lag = -2; lag <= 2; lag++) {
            far = distance(from, lag)
            if (far >= 0 && (near < 0 || far < near)) near = far
        }
        return near
    }
    # How near a part is to the source elsewhere: `found` says how many half steps away, 0 for nowhere.
    function search(from, near, lag, far, best) {
        best = near
        found = 0
        for (lag = -24; lag <= 24; lag++) {
            far = distance(from, lag)
            if (far >= 0 && far < best) { best = far; found = lag }
        }
        return best
    }
    # Is a part nearer elsewhere, if perhaps by little? All parts together may tell. A tone that rises
    # all along is as high as it was a little before: it only seems that the encoder has made it higher.
    function lean(from, near, kept, best) {
        kept = pitch
        if (absolute(pitch) >= 1) {
            pitch = 0
            near = nearest(from)
        }
        if (near > 1.5) {
            leaning++
            best = search(from, near)
            if (best < 0.3 * near) leans[found]++
            if (best < 0.1 * near) plain[found]++
        }
        pitch = kept
    }
    END {
        wide = 30
        for (at = 0; at <= s_last; at++) {
            if (is_heard(s_loud, at) && is_heard(m_loud, at)) {
                gains += m_loud[at] - s_loud[at]
                pitches += m_high[at] - s_high[at]
                highs += s_high[at]
                squares += s_high[at] * s_high[at]
                some++
            }
        }
        # It is mixed down to one channel from others than those of the source.
        gain = some ? gains / some : 0
        if (gain > 15) gain = 15
        if (gain < -15) gain = -15
        # For few bits, an encoder makes another noise of noise, all along. A tone stays the same.
        pitch = some && squares / some - highs * highs / some / some > 4 ? pitches / some : 0
        if (pitch > 20) pitch = 20
        if (pitch < -20) pitch = -20
        for (from = 0; from + wide <= s_last + 1; from += 15) {
            heard++
            near = nearest(from)
            if (near < 0) continue
            lean(from, near)
            allowed = 0.2 * variance(from)
            # An encoder may make noise of noise, which crosses zero as often, but for chance.
            chance = 6 + 250 * crossings * (1 - crossings)
            if (allowed < chance) allowed = chance
            if (near <= allowed && near <= 1.5) continue
            best = search(from, near)
            # What is nearer elsewhere by far is from there, however near it is here.
            is_off = found && best < (near > allowed ? 0.3 : 0.1) * near
            if (near <= allowed && !is_off) continue
            bad++
            if (!is_off && near < 2 * allowed) weak++
            if (first == "") first = from / 20
            if (is_off) votes[found]++
        }
        # Most of them are nearer at one place: it is that far off, though little tells so.
        for (lag = -24; lag <= 24; lag++) {
            some = leans[lag - 1] + leans[lag] + leans[lag + 1]
            if (some + plain[lag] >= 3 && some >= 0.65 * leaning && leans[lag] > most_leans) {
                most_leans = leans[lag]
                votes[lag] = bad = heard
                weak = 0
            }
        }
        for (lag in votes) if (votes[lag] > most) { most = votes[lag]; lead = lag }
        # A few parts that are off by little: encoders for few bits begin so.
        if (bad == weak && bad * 8 <= heard) bad = 0
        if (!bad) { print "sound compared: " heard + 0 " parts of 1.5 s"; exit }
        where_ = first > 0.3 ? sprintf(" from %.1f s on", first) : ""
        if (most * 2 > bad) {
            printf "wrong the sound is %.1f s too %s\n", absolute(lead) / 40, (lead > 0 ? "late" : "early")
        } else print "wrong the sound isn\047t the source\047s" where_
    }'
