# A part of encode.sh: how loud and how high an output sounds is held against the source.

# In parts of 1.5 s. They may be off by what an encoder for few bits loses, and by one step of 50 ms. What
# is always the same, as a tone or silence, tells nothing of when it is.
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
    # How far a part of the output is from the source, so many steps before.
    function distance(from, lag, at, other, sum, off, found) {
        for (at = from; at < from + wide; at++) {
            other = at - lag
            if (!(other in s_loud) || !(at + shift_ in m_loud)) continue
            found++
            off = m_loud[at + shift_] - s_loud[other] - gain
            sum += off * off
            # What is hardly heard crosses zero anyhow.
            if (m_loud[at + shift_] > -45 && s_loud[other] > -45) {
                off = m_high[at + shift_] - s_high[other]
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
    END {
        wide = 30
        shift_ = int(off * 20 + (off < 0 ? -0.5 : 0.5))
        for (at = 0; at <= s_last; at++) {
            if (s_loud[at] > -45 && m_loud[at + shift_] > -45 && (at + shift_ in m_loud)) {
                gains += m_loud[at + shift_] - s_loud[at]
                some++
            }
        }
        # It is mixed down to one channel from others than those of the source.
        gain = some ? gains / some : 0
        if (gain > 8) gain = 8
        if (gain < -8) gain = -8
        for (from = 0; from + wide <= s_last + 1; from += 15) {
            heard++
            near = -1
            for (lag = -1; lag <= 1; lag++) {
                far = distance(from, lag)
                if (far >= 0 && (near < 0 || far < near)) near = far
            }
            if (near < 0) continue
            allowed = 0.2 * variance(from)
            # An encoder may make noise of noise, which crosses zero as often, but for chance.
            chance = 6 + 100 * crossings * (1 - crossings)
            if (allowed < chance) allowed = chance
            if (near <= allowed && near <= 1.5) continue
            best = near
            found = 0
            for (lag = -12; lag <= 12; lag++) {
                far = distance(from, lag)
                if (far >= 0 && far < best) { best = far; found = lag }
            }
            # What is nearer elsewhere by far is from there, however near it is here.
            is_off = found && best < (near > allowed ? 0.3 : 0.1) * near
            if (near <= allowed && !is_off) continue
            bad++
            if (first == "") first = from / 20
            if (is_off) votes[found]++
        }
        for (lag in votes) if (votes[lag] > most) { most = votes[lag]; lead = lag }
        if (!bad) { print "sound compared: " heard + 0 " parts"; exit }
        where_ = first > 0.3 ? sprintf(" from %.1f s on", first) : ""
        if (most * 2 > bad) {
            printf "wrong the sound is %.1f s too %s\n", absolute(lead) / 20, (lead > 0 ? "late" : "early")
        } else print "wrong the sound isn\047t the source\047s" where_
    }'
