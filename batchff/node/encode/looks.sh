# A part of encode.sh: which pictures of the source decode, and at which times.

# look_at_pictures: decode the pictures of the source, all of its films, from each one's first whole
# picture on. Their times go to proof/looked.times, `looked_errors` is how many errors there were. It
# is done once, and only where packets don't tell: a packet needn't be a picture.
look_at_pictures() {
    [ -z "$looked" ] || return 0
    looked=yes
    looked_errors=0
    true >proof/looked.times || no_room
    LC_ALL=C awk '$1 == "stream" && $3 == "video" && !$4 { print $2 }' proof/source >proof/films
    while read -r film; do
        look_at "$film" || {
            looked_errors=$((looked_errors + 1))
            continue
        }
        while read -r word value _; do
            [ "$word" != errors ] || looked_errors=$((looked_errors + value))
        done <proof/look
        LC_ALL=C awk -v film="$film" '{ print film, $2 }' proof/look.times >>proof/looked.times || no_room
    done <proof/films
}

# look_at INDEX: decode one film of the source.
look_at() {
    if begins_within; then
        # Without its first pictures, which need others before them: a copy leaves these out.
        mkfifo making/whole.nut || no_room
        (cd making && exec ffmpeg -nostdin -v error -y -copyts -protocol_whitelist file \
            -format_whitelist "$formats" -i "$input" -map "0:$1" -c copy -f nut whole.nut) \
            2>/dev/null </dev/null &
        feeders="$feeders $!"
        set -- 0 -f nut -i whole.nut
    else
        # shellcheck disable=SC2086 # a name of a format, or nothing
        set -- "$1" -protocol_whitelist file -format_whitelist "$formats${stated:+,$stated}" \
            ${stated:+-f $stated} -i "$input"
    fi
    index=$1
    shift
    run_ffmpeg proof/look-words -nostats -v level+info -y -copyts "$@" -map "0:$index" \
        -fps_mode passthrough -enc_time_base 1:90000 -c:v wrapped_avframe -f framecrc \
        ../proof/look-packets
    status=$?
    end_feeders
    rm -f making/whole.nut
    [ "$status" -eq 0 ] || return 1
    read_facts proof/look proof/look-words proof/look-packets 0 ${cut:+"$cut_from:$cut_to"}
}

# same_pictures SOURCE_TIMES SOURCE OUTPUT_TIMES OUTPUT TICK OFF: as many, at the same times but for where
# both clocks begin. It prints both numbers. Of two at the same time one may be left out; or it's a
# decoder's guess, and the second comes after the first.
same_pictures() {
    LC_ALL=C awk -v from="$2" -v into="$4" -v tick="$5" -v off_by="$6" -v cut="$cut" '
        part == "source" {
            if ($1 != from) next
            all++
            if (!sources || $2 > source[sources] + 0.000005) source[++sources] = $2
            next
        }
        $1 == into { made[++mades] = $2 }
        END {
            print mades + 0, sources + 0
            # The picture at the edge of a part is in it or not, as ffmpeg rounds its time.
            if (cut != "" && mades > 0 && (mades - sources) * (mades - sources) == 1) exit
            if (!mades || mades != sources && mades != all) exit 1
            slack = (tick > 0.02 ? 0.02 : tick * 1.1) + 0.0015
            if (mades != sources) slack += 0.1
            if (off_by > slack) slack = off_by + 0
            shift_ = made[1] - source[1]
            for (at = 1; at <= mades && at <= sources; at++) {
                off = made[at] - source[at] - shift_
                if (off > slack || off < -slack) exit 2
            }
        }' part=source "$1" part=made "$3"
}
