# A part of encode.sh: by which rules an output is what its source and its promise say.

# It reads the facts of both files, the promise, and what ffmpeg said of which stream it made of which.
# It prints a line for each finding: `wrong WORDS`, `told WORDS`, `fact WORDS`, and
#
#   pictures SOURCE OUTPUT TICK OFF   these streams must have the same pictures
#   shift SECONDS                     so much later than in the source is all in the output
#   end
# shellcheck disable=SC2016 # of awk
judging='
    function word_of(kind) {
        return kind == "video" ? "the picture" : kind == "audio" ? "the sound" : "the " kind
    }
    function number_of(kind, count) {
        if (kind == "video") return count == 1 ? "1 video stream" : count " video streams"
        if (kind == "audio") return count == 1 ? "1 audio stream" : count " audio streams"
        return count == 1 ? "1 subtitle stream" : count " subtitle streams"
    }
    function tell_wrong(words) { print "wrong", words; bad = 1 }
    function absolute(number) { return number < 0 ? -number : number }
    part != before { before = part; at = 0 }
    part == "source" && $1 == "stream" {
        s_kind[$2] = $3; s_cover[$2] = $4; s_width[$2] = $5; s_height[$2] = $6
        s_transfer[$2] = $7
        s_rank[$3, ++s_count[$3]] = $2
    }
    part == "source" && $1 == "packets" {
        s_packets[$2] = $3; s_coded[$2] = $4; s_long[$2] = $7; s_tick[$2] = $10
        if ($5 != "-") { s_begin[$2] = $5; s_end[$2] = $6 }
    }
    part == "source" && $1 == "jumps" { jumps = $2 }
    part == "looked" && !($1 in looked) { looked[$1]; s_begin[$1] = $2 }
    part == "made" && $1 == "file" { m_format = $2; m_start = $4 }
    part == "made" && $1 == "stream" {
        m_kind[$2] = $3; m_cover[$2] = $4; m_width[$2] = $5; m_height[$2] = $6
        m_transfer[$2] = $7; m_channels[$2] = $8
        m_rank[$3, $4, ++m_count[$3, $4]] = $2
    }
    part == "made" && $1 == "packets" {
        m_packets[$2] = $3; m_coded[$2] = $4; m_long[$2] = $7; m_tick[$2] = $10
        if ($5 != "-") { m_begin[$2] = $5; m_end[$2] = $6 }
    }
    part == "promise" && $1 == "counts" { wanted["video"] = $2; wanted["audio"] = $3; wanted["subtitles"] = $4 }
    part == "promise" && $1 == "duration" { duration = 1 }
    part == "promise" && $1 == "frames" { frames = 1; off = $2 + 0 }
    part == "promise" && $1 == "size" { width = $2; height = $3 }
    part == "promise" && $1 == "streams" { has_streams = 1 }
    part == "promise" && $1 == "stream" {
        p_kind[++streams] = $2 == "cover" ? "video" : $2
        p_cover[streams] = $2 == "cover"; p_source[streams] = $3; p_copy[streams] = $4 == "copy"
        p_channels[streams] = $5; p_transfer[streams] = $6
    }
    part == "mapping" {
        sub(/^\[info\] /, "")
        if ($0 == "run") {
            settle_run()
        } else if (/^Input #/ && /from .(file:)?input(\.[a-z0-9]+)?.:/) {
            split($2, word, /[#,]/); ours = word[2]
        } else if (/^Output #/ && is_mine($0)) {
            split($2, word, /[#,]/); mine = word[2]
        } else if (/^  Stream/) {
            lines[++line_count] = $2 " " $4 " " (/\(copy\)$/ ? "copy" : "made")
        } else if (/frames duplicated/) {
            duplicated = 1
        }
    }
    # It may be written as file:NAME, or ./NAME.
    function is_mine(line, name) {
        name = ENVIRON["name"] "\047:"
        return index(line, "\047" name) || index(line, ":" name) || index(line, "/" name)
    }
    # Where a line says nothing of its streams, ffmpeg did when it ran.
    function settle_run(at, word, from, into) {
        if (mine != "" && ours != "") {
            mapped = 0
            for (at = 1; at <= line_count; at++) {
                split(lines[at], word, " ")
                split(substr(word[1], 2), from, ":")
                split(substr(word[2], 2), into, ":")
                if (from[1] != ours || into[1] != mine) continue
                mapped++
                map_source[mapped] = from[2]
                map_copy[mapped] = word[3] == "copy"
            }
        }
        mine = ours = ""
        line_count = 0
    }
    function has(index_) { return s_coded[index_] > 0 }
    # So many streams of the source have packets, those with none beside them.
    function check_counts(kind, at, some, all, found, want) {
        want = wanted[kind]
        if (want == "" || want == "any") return
        for (at = 1; at <= s_count[kind]; at++) {
            if (s_cover[s_rank[kind, at]]) continue
            all++
            if (has(s_rank[kind, at])) some++
        }
        found = m_count[kind, 0] + 0
        if (want == "none" && found > 0) tell_wrong(number_of(kind, found) " too many")
        if (want == "one" && found != 1) tell_wrong(missing(kind, found, 1))
        if (want == "one-if-any" && (found > 1 || (found < 1 && some > 0))) {
            tell_wrong(missing(kind, found, 1))
        }
        if (want == "all" && (found < some || found > all + 0)) tell_wrong(missing(kind, found, some))
    }
    function missing(kind, found, want) {
        if (found == 0) return kind == "subtitles" ? "the subtitles are missing" : word_of(kind) " is missing"
        return number_of(kind, found) ", and not " want
    }
    function check_size(at, index_) {
        for (at = 1; at <= m_count["video", 0]; at++) {
            index_ = m_rank["video", 0, at]
            if (width > 0 && m_width[index_] != width || height > 0 && m_height[index_] != height) {
                tell_wrong(m_width[index_] "x" m_height[index_] ", and not " \
                    (width > 0 ? width : m_width[index_]) "x" (height > 0 ? height : m_height[index_]))
            }
        }
    }
    # Which stream of the output is which that was promised: the first of a kind is the first.
    function pair(at, kind, cover, rank, key) {
        for (at = 1; at <= streams; at++) {
            kind = p_kind[at]
            if (kind == "data" || kind == "attachment") continue
            cover = p_cover[at]
            key = kind SUBSEP cover
            rank = ++used[key]
            # Some containers have no mark for a cover.
            if (!((kind, cover, rank) in m_rank) && cover) {
                rank = ++used[kind, 0]
                cover = 0
            }
            if ((kind, cover, rank) in m_rank) p_made[at] = m_rank[kind, cover, rank]
            else if (p_source[at] == "-" || has(p_source[at])) {
                tell_wrong(missing(kind, rank - 1, rank) (rank > 1 ? " or more" : ""))
            }
        }
        for (key in m_count) {
            split(key, word, SUBSEP)
            if (word[1] == "data" || word[1] == "attachment" || !has_streams) continue
            if (m_count[key] > used[key]) tell_wrong(number_of(word[1], m_count[key]) ", and not " used[key] + 0)
        }
    }
    function colour_of(transfer) {
        return transfer == "smpte2084" ? "PQ" : transfer == "arib-std-b67" ? "HLG" : transfer
    }
    function check_kind(at, index_) {
        index_ = p_made[at]
        if (p_channels[at] != "-" && p_channels[at] != "" && m_channels[index_] != p_channels[at]) {
            tell_wrong("the sound has " m_channels[index_] " channels, and not " p_channels[at])
        }
        if (p_transfer[at] != "-" && p_transfer[at] != "" && m_transfer[index_] != p_transfer[at]) {
            tell_wrong(colour_of(p_transfer[at]) " colours are lost" \
                (m_transfer[index_] == "-" ? "" : " (" colour_of(m_transfer[index_]) ")"))
        }
    }
    function times_known(at) {
        return p_source[at] != "-" && (p_made[at] in m_end) && (p_source[at] in s_end)
    }
    function is_timed(at) {
        return (p_kind[at] == "video" || p_kind[at] == "audio") && times_known(at) && \
            !p_cover[at] && !s_cover[p_source[at]] && !m_cover[p_made[at]]
    }
    # A copy begins with a whole picture: what an edit list hides before the first one is seen then.
    function too_long(at, more) {
        more = (m_end[p_made[at]] - m_begin[p_made[at]]) - (s_end[p_source[at]] - s_begin[p_source[at]])
        return p_copy[at] && more > 0.3 + s_long[p_source[at]] ? more : 0
    }
    # The clock of the output goes on from the one of the first film, else of the first sound.
    # A copy may begin before the part that is asked for, so it leads only where all are copies.
    function find_shift(at, lead, copies) {
        for (at = 1; at <= streams; at++) {
            if (!is_timed(at)) continue
            copies += p_copy[at]
            if (!lead || p_copy[lead] > p_copy[at] || \
                (p_copy[lead] == p_copy[at] && p_kind[lead] != "video" && p_kind[at] == "video")) lead = at
        }
        if (!lead) return 0
        shift_ = m_begin[p_made[lead]] - s_begin[p_source[lead]]
        if (p_copy[lead] && too_long(lead) > 0) shift_ = m_end[p_made[lead]] - s_end[p_source[lead]]
        # A sound alone counts from the beginning of the film: its late start is silence. So it is where
        # a copied film is beside it, if the silence is there.
        if (p_kind[lead] == "audio" && absolute(shift_) > 0.2 && \
            (!copies || m_begin[p_made[lead]] < 0.06)) shift_ = 0
        return lead
    }
    function check_times(at, lead, made, from, slack, late, long_, full) {
        made = p_made[at]; from = p_source[at]
        long_ = s_long[from] > 0.03 ? 0.03 : s_long[from]
        slack = p_kind[at] == "audio" ? 0.06 + 2 * m_long[made] + 2 * long_ : \
            0.05 + m_long[made] + s_long[from]
        if (p_copy[at]) slack += 0.3 + s_long[from]
        late = m_begin[made] - shift_ - s_begin[from]
        if (at != lead && late > slack) {
            tell_wrong(word_of(p_kind[at]) sprintf(" starts %.1f s late", late))
        }
        full = s_end[from] - (s_begin[from] < 0 ? s_begin[from] : 0)
        late = m_end[made] - shift_ - s_end[from]
        if (p_copy[at]) {
            # A copy may begin with what is needed to decode the first picture.
            late = (m_end[made] - m_begin[made]) - (s_end[from] - s_begin[from])
            if (late > 0) late = late > 12 ? late : 0
            if (p_kind[at] == "video" && !late && too_long(at)) {
                printf "told the film begins %.1f s earlier: a copy begins with a whole picture\n", too_long(at)
            }
        }
        if (absolute(late) > slack + full * 0.0005) {
            if (at == lead || absolute(m_begin[made] - shift_ - s_begin[from] - late) > slack) {
                tell_wrong(sprintf("%.1f of %.1f s", full + late, full) \
                    (p_kind[at] == "audio" && streams > 1 ? " of the sound" : ""))
            } else {
                tell_wrong(word_of(p_kind[at]) sprintf(" is %.1f s too %s", absolute(late), late < 0 ? "early" : "late"))
            }
        }
    }
    # A film with times in thousandths can become one of a thousand pictures a second.
    function check_rate(at, made, from, length_) {
        made = p_made[at]; from = p_source[at]
        length_ = m_end[made] - m_begin[made]
        if (p_copy[at] || frames || length_ <= 0 || m_coded[made] <= 3 * s_coded[from]) return
        if (m_coded[made] < s_coded[from] + 100) return
        if (m_coded[made] / length_ > 150) {
            tell_wrong(m_coded[made] " pictures of " s_coded[from] ": " \
                sprintf("%.0f a second", m_coded[made] / length_))
        } else {
            print "told", m_coded[made] " pictures of " s_coded[from]
        }
    }
    END {
        settle_run()
        # No time of the output can be told from times that come twice.
        if (jumps) {
            if (duration || frames) print "fact its length is not checked: the source is joined"
            duration = frames = 0
        }
        if (has_streams || streams) {
            has_streams = 1
        } else {
            check_counts("video"); check_counts("audio"); check_counts("subtitles")
            for (at = 1; at <= mapped; at++) {
                p_kind[at] = s_kind[map_source[at]]
                p_source[at] = map_source[at]
                p_copy[at] = map_copy[at]
                p_cover[at] = s_cover[map_source[at]] ? 1 : 0
                p_channels[at] = p_transfer[at] = "-"
            }
            streams = bad ? 0 : mapped
        }
        pair()
        check_size()
        lead = bad ? 0 : find_shift()
        printf "shift %.6f\n", shift_
        for (at = 1; at <= streams && !bad; at++) {
            if (!(at in p_made)) continue
            check_kind(at)
            if (!is_timed(at)) continue
            printf "fact %s %s of %s: %.3f to %.3f s of %.3f to %.3f s, %d of %d packets\n", p_kind[at], \
                p_made[at], p_source[at], m_begin[p_made[at]], m_end[p_made[at]], \
                s_begin[p_source[at]], s_end[p_source[at]], m_packets[p_made[at]], s_packets[p_source[at]]
            if (p_kind[at] == "video") check_rate(at)
            if (frames && p_kind[at] == "video" && !p_copy[at]) {
                tick = m_tick[p_made[at]] > s_tick[p_source[at]] ? m_tick[p_made[at]] : s_tick[p_source[at]]
                printf "pictures %d %d %.9f %s\n", p_source[at], p_made[at], tick, off
            } else if (duration && p_kind[at] == "video") check_times(at, lead)
            if (duration && p_kind[at] == "audio") check_times(at, lead)
        }
        print "end"
    }'
