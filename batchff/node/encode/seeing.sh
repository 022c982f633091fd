# A part of encode.sh: small pictures of an output are held against those of the source.

# A picture of the output is held against the source's at the same time, or a neighbour of it: at most
# so many levels may be between them, or where colours are changed on purpose, they must be alike.
# Only where the source moves must the output move.
#
# Of a source that was looked at in parts (`parts`), what is between them isn't judged, nor what follows
# at once: its first pictures may need others. Where the output is still or blank there, or anything is
# wrong, it says `again`: all of the source is needed to tell.
# shellcheck disable=SC2016 # of awk
seeing='
    function absolute(number) { return number < 0 ? -number : number }
    function time_of(file, line, field, side) {
        while ((getline line <file) > 0) {
            if (line ~ /^#tb /) {
                split(line, field, " ")
                split(field[3], side, "/")
                tick[file] = side[1] / side[2]
            }
            if (line ~ /^#/) continue
            split(line, field, / *, */)
            return field[3] * tick[file]
        }
        return ""
    }
    # Read the next picture of the source into its place of the ring.
    function read_source(time, row, line, part, at, base) {
        time = time_of(source_times)
        if (time == "") return 0
        base = (++have % ring) * 64
        for (row = 0; row < 8; row++) {
            if ((source_greys | getline line) <= 0) return 0
            split(line, part, " ")
            for (at = 1; at <= 8; at++) S[base + row * 8 + at] = part[at] / 257
        }
        if (have == 1) s_first = time
        s_time[have % ring] = time - s_first
        leaps[have % ring] = parts && have > 1 && s_time[have % ring] - s_time[(have - 1) % ring] > 2
        return 1
    }
    function read_made(time, row, line, part, at) {
        time = time_of(made_times)
        if (time == "") return 0
        for (at = 1; at <= 64; at++) before[at] = O[at]
        for (row = 0; row < 8; row++) {
            if ((made_greys | getline line) <= 0) return 0
            split(line, part, " ")
            for (at = 1; at <= 8; at++) O[row * 8 + at] = part[at] / 257
        }
        if (!count++) m_first = time
        now = time - m_first
        return 1
    }
    # How far the picture is from one of the source: squares of levels, or how little they are alike.
    function distance(index_, at, base, sum, off, s, o, ss, oo, so, s_var, o_var, both) {
        base = (index_ % ring) * 64
        if (strict) {
            for (at = 1; at <= 64; at++) { off = O[at] - S[base + at]; sum += off * off }
            return sum / 64
        }
        for (at = 1; at <= 64; at++) {
            s += S[base + at]; o += O[at]
            ss += S[base + at] * S[base + at]; oo += O[at] * O[at]; so += O[at] * S[base + at]
        }
        s_var = ss / 64 - s * s / 4096
        o_var = oo / 64 - o * o / 4096
        if (s_var < 36) return 0
        if (o_var < 1) return 100
        both = so / 64 - s * o / 4096
        # Not every awk has roots.
        return both <= 0 || both * both < 0.36 * s_var * o_var ? 100 : 0
    }
    function moved(index_, other, at, base, next_, sum, off) {
        base = (index_ % ring) * 64
        next_ = (other % ring) * 64
        for (at = 1; at <= 64; at++) { off = S[base + at] - S[next_ + at]; sum += off * off }
        return sum / 64
    }
    function contrast(base, at, s, ss) {
        for (at = 1; at <= 64; at++) { s += S[base + at]; ss += S[base + at] * S[base + at] }
        return ss / 64 - s * s / 4096
    }
    # Is it much nearer to one of the source from another time? At most so many are looked for.
    function probe(near, lag, far, best, best_far) {
        if (++probed > 400) return
        best_far = near
        for (lag = place - have; lag <= past && lag < place; lag++) {
            far = distance(place - lag)
            if (far < best_far) { best_far = far; best = lag }
        }
        if (best * best < 4 || best_far > 0.3 * near) return
        votes[best]++
        if (votes[best] == 1) vote_time[best] = now
        if (best > 0 && s_time[place % ring] > s_time[(place - best) % ring]) {
            vote_off[best] = s_time[place % ring] - s_time[(place - best) % ring]
        } else if (best < 0) vote_off[best] = s_time[(place - best) % ring] - s_time[place % ring]
    }
    # Is this picture one that was left out of the source?
    function is_between() {
        if (!parts) return 0
        if (part_begin != "" && now < part_begin + 0.7) return 1
        return now > s_time[place % ring] - 0.1 && (place == have || leaps[(place + 1) % ring])
    }
    function pass_over(at, off, sum, o, oo) {
        for (at = 1; at <= 64; at++) {
            off = O[at] - before[at]; sum += off * off
            o += O[at]; oo += O[at] * O[at]
        }
        if (!begins || sum / 64 > 0.04) moved_at = now
        if (now - moved_at > 0.5 || oo / 64 - o * o / 4096 < 2) is_suspect = 1
        begins = 1
    }
    function judge(at, base, off, s, o, sum, s_move, m_move, index_, far, allowed) {
        base = (place % ring) * 64
        judged++
        for (at = 1; at <= 64; at++) {
            s = S[base + at]; o = O[at]
            all_s += s; all_o += o; all_ss += s * s; all_oo += o * o; all_so += s * o
            off = o - before[at]
            sum += off * off
        }
        m_move = sum / 64
        far = distance(place)
        # As much as an encoder for few bits may lose, of a picture with contrasts.
        allowed = strict ? most + 0.06 * contrast(base) : most
        if (far > (strict ? 0.3 : most) && place > 1) far = least(far, distance(place - 1))
        if (far > (strict ? 0.3 : most) && place < have) far = least(far, distance(place + 1))
        if (far > allowed) note_bad()
        else bad_run = 0
        if (strict && far > 0.3 && ++probes % 3 == 1) probe(far)
        if (judged == 1 || begins) { begins = 0; still_time = now; keep_still(); return }
        s_move = place > last_place ? moved(place, place - 1) : 0
        s_moves += s_move
        s_half[count % 2] += least(s_move, 20)
        m_half[count % 2] += least(m_move, 20)
        # Half of the pictures twice: the source moves, and the output does not. Grain moves too, and
        # gets nowhere; encoders leave it out. So they do with the little that an encoder before left
        # between pictures that are alike, as in a film that has each picture twice.
        if (s_move > 0.1 && s_move > 0.5 * s_moves / judged && place > 2 && moved(place, place - 2) > 1.5 * s_move) {
            moving++
            if (m_move < 0.06 * s_move) halves++
        }
        # Still for long, while the source goes far.
        if (m_move > 0.04) { still_time = now; keep_still() }
        else if (now - still_time > 0.3 && frozen == "") {
            # A tone map may make one white of several.
            # It may be a picture or two behind: some containers have no other way to say a delay.
            far = least(gone(place), place > 3 ? gone(place - 2) : 0)
            if (far > (strict ? 2 : 12) + 2.2 * s_moves / judged) frozen = still_time
        }
    }
    # One half of the pictures moves less than the other by far.
    function is_uneven(half, share) {
        return half[0] < share * half[1] || half[1] < share * half[0]
    }
    function least(one, other) { return one < other ? one : other }
    function keep_still(at, base) {
        base = (place % ring) * 64
        for (at = 1; at <= 64; at++) { still[at] = S[base + at]; still_made[at] = O[at] }
    }
    function gone(index_, at, base, sum, off, own) {
        base = (index_ % ring) * 64
        for (at = 1; at <= 64; at++) {
            off = S[base + at] - still[at]; sum += off * off
            off = O[at] - still_made[at]; own += off * off
        }
        return own > 0.06 * sum ? 0 : sum / 64
    }
    function note_bad(at, base, s, o, ss, oo) {
        bad++
        if (first_bad == "") first_bad = now
        if (++bad_run > worst_run) worst_run = bad_run
        base = (place % ring) * 64
        for (at = 1; at <= 64; at++) {
            s += S[base + at]; ss += S[base + at] * S[base + at]
            o += O[at]; oo += O[at] * O[at]
        }
        if (oo / 64 - o * o / 4096 < 2 && ss / 64 - s * s / 4096 > 20) flat++
    }
    function off_by(gain, lift) {
        return (all_oo - 2 * gain * all_so - 2 * lift * all_o + gain * gain * all_ss + \
            2 * gain * lift * all_s + lift * lift * all_n) / all_n
    }
    # A line through all greys is steeper, or less steep, by far: where colours end at black or white,
    # nothing more is left of the levels.
    function has_other_contrast(s_var, both, o_var) {
        s_var = all_n * all_ss - all_s * all_s
        o_var = all_n * all_oo - all_o * all_o
        both = all_n * all_so - all_s * all_o
        if (s_var < 100 * all_n * all_n || both < 0 || both * both < 0.97 * s_var * o_var) return 0
        return both > 1.06 * s_var || both < 0.94 * s_var
    }
    BEGIN {
        ring = 160
        past = 100
        ahead = 40
        most = strict ? 12 : 50
        source_times = "proof/source.greys"; made_times = "proof/made.greys"
        source_greys = "od -An -v -tu2 proof/source.grey"; made_greys = "od -An -v -tu2 proof/made.grey"
        place = 1
        while (have < ahead && read_source()) ;
        while (have && read_made()) {
            while (place < have && absolute(s_time[(place + 1) % ring] - now) <= absolute(s_time[place % ring] - now)) {
                place++
                if (leaps[place % ring]) part_begin = s_time[place % ring]
                if (have - place < ahead) read_source()
            }
            if (is_between()) pass_over()
            else judge()
            last_place = place
        }
        if (is_suspect) { print "again"; exit 0 }
        if (judged < 3) { print "pictures not compared: too few"; exit 0 }
        all_n = judged * 64
        from = frozen != "" ? frozen : first_bad
        where_ = from > 0.3 ? sprintf(" from %.1f s on", from) : ""
        same = off_by(1, 0)
        washed = off_by(219 / 255, 16)
        hard = off_by(255 / 219, -16 * 255 / 219)
        is_linear = least(washed, hard) < 0.3 * same && least(washed, hard) < 25
        if (strict && same > 4 && (is_linear || has_other_contrast())) {
            print "wrong its levels are wrong: it has " (washed < hard ? "less" : "more") \
                " contrast than the source"
            exit 0
        }
        is_bad = worst_run >= 3 || bad >= 3 + judged * 0.02 || bad > judged / 2
        for (lag in votes) if (votes[lag] > most_votes) { most_votes = votes[lag]; best = lag }
        if (is_bad && flat > bad * 0.6) print "wrong its pictures are blank" where_
        else if (frozen != "") print "wrong its pictures stand still" where_
        else if (most_votes >= 4 && vote_off[best] > 0.06) {
            if (vote_time[best] > 0.3) where_ = sprintf(" from %.1f s on", vote_time[best])
            printf "wrong its pictures are %.1f s too %s%s\n", vote_off[best], \
                (best > 0 ? "late" : "early"), where_
        } else if (is_bad) {
            print "wrong its pictures aren\047t the source\047s" where_
        } else if (judged >= 24 && s_moves > 0.1 * judged && is_uneven(m_half, 0.2) && \
            !is_uneven(s_half, 0.6)) {
            print "wrong every second of its pictures stands still"
        } else if (moving >= 8 && halves > 0.35 * moving) {
            print "wrong " int(100 * halves / moving + 0.5) " % of its pictures stand still"
        } else printf "pictures compared: %d, squares of %.2f levels between\n", judged, same
    }'
