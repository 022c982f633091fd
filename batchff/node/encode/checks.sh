# A part of encode.sh: outputs are decoded.

# decode KINDS FILE...: decode files of making/ in one ffmpeg; its complaints go to check.txt. KINDS
# is `media`, `subtitles` or `playlist`. Where it `proves`, the only file's packets are written down as
# well, and check.txt has its description. With `lenient`, it goes on after an error, as players do.
# image2 reads the pictures that no other demuxer knows; a % in a name would be a pattern to it.
decode() {
    kinds=$1
    shift
    count=$#
    for file; do
        shift
        reads=$formats,image2
        case $file in
            *%*) reads=$formats ;;
        esac
        [ -n "$lenient" ] || set -- "$@" -err_detect +crccheck+explode
        case $kinds in
            playlist)
                set -- "$@" -protocol_whitelist file,crypto -format_whitelist "$formats,hls,dash"
                case $file in
                    *.m3u8) set -- "$@" -allowed_extensions ALL ;;
                esac
                ;;
            *) set -- "$@" -protocol_whitelist file -format_whitelist "$reads" ;;
        esac
        set -- "$@" -i "file:$file"
    done
    if [ -n "$proves" ] && is_seen "$file"; then
        split_lines
        # shellcheck disable=SC2046 # a word a line
        set -- "$@" -map 0:V:0 $(words_to_see made)
        split_words
    else
        number=0
        while [ "$number" -lt "$count" ]; do
            case $kinds in
                subtitles) set -- "$@" -map "$number:s" -c copy ;;
                *) set -- "$@" -map "$number:v?" -map "$number:a?" ;;
            esac
            number=$((number + 1))
        done
        set -- "$@" -f null -
    fi
    if [ -z "$proves" ]; then
        set -- -v error "$@"
    else
        set -- -v level+info -nostats -y -copyts "$@" -map '0:v?' -map '0:a?' -c copy -copyinkf \
            -f framecrc ../proof/out-packets
        if is_seen "$file" && [ -n "$others" ]; then
            set -- "$@" -map '0:v?' -map '-0:V:0' -map '0:a?' -f null -
        fi
    fi
    if [ -z "$lenient" ]; then
        set -- -xerror -max_error_rate 0 "$@"
    else
        set -- "$@" -map 0:v:0 -fps_mode passthrough -enc_time_base 1:90000 -c:v wrapped_avframe \
            -f framecrc ../proof/out-decoded
    fi
    run_ffmpeg check.txt -abort_on empty_output+empty_output_stream "$@"
}

# is_seen FILE: the pictures of its film are kept, small, while it's decoded.
is_seen() {
    [ "$1" = "$compared" ] && [ -n "$film_index" ] && [ -z "$lenient$blind$salvaged" ]
}

# check_file NAME WORDS [KINDS]: WORDS are what it's called in a failure.
check_file() {
    lenient=
    decode "${3:-media}" "$1"
    status=$?
    if [ "$status" -ne 0 ] && [ -n "$proves" ] && is_seen "$1"; then
        # Perhaps it hasn't the streams that are compared: what is wrong is found without.
        rm -f proof/made.grey proof/made.greys
        blind=yes
        decode "${3:-media}" "$1"
        status=$?
    fi
    if [ "$status" -ne 0 ] && decodes_unproved "$1"; then
        return 0
    fi
    case $(grep -v '^\[info\]' check.txt | head -n 1) in
        *'does not contain any stream')
            proves=
            decode subtitles "$1"
            status=$?
            ;;
    esac
    if complaints 2>/dev/null || [ "$status" -ne 0 ]; then
        is_refused check.txt || ! may_begin_badly "$1" || {
            lenient=
            return 0
        }
        lenient=
        complaints
        if is_refused check.txt; then
            fail "$broken" "$2 has a format that names other files, which would be lost"
        fi
        fail_as "$broken" "$status" "$2 doesn't decode without an error"
    fi
}

# decodes_unproved FILE: it decodes, and only its packets can't be written down: of uneven pictures, the
# times of decoding that a demuxer makes up may go back.
decodes_unproved() {
    [ -n "$proves" ] && grep -qE 'Non-monoton(ous|ic) DTS' check.txt || return 1
    mv check.txt proof/complaints || no_room
    proves=
    if decode media "$1" && ! complaints 2>/dev/null; then
        tell "the output's pictures are not held against the source's: their times go back"
        return 0
    fi
    proves=yes
    mv proof/complaints check.txt
    return 1
}

# may_begin_badly FILE: it's a copy of what the source has, and players can play it: each picture
# decodes from the second one on that needs no other.
may_begin_badly() {
    [ -n "$proves" ] && [ -n "$knows_source" ] && copies_pictures "$1" || return 1
    mv check.txt proof/complaints || no_room
    lenient=yes
    if decode media "$1"; then
        if [ -n "$salvaged" ]; then
            tell 'the output has what is damaged in the source'
            return 0
        elif ! LC_ALL=C awk "$damage is_damage(\$0) { found = 1 } END { exit !found }" check.txt &&
            goes_on_well; then
            tell "the output's first pictures don't decode: it's a copy that begins within the source"
            return 0
        fi
    fi
    mv proof/complaints check.txt
    return 1
}

# goes_on_well: as many pictures as packets from the second on that needs no other, or from the only one.
goes_on_well() {
    LC_ALL=C awk '
        /^#tb / { split($2, word, ":"); split($3, side, "/"); tick[word[1]] = side[1] / side[2] }
        part == "packets" && /^#media_type .* video/ {
            split($2, word, ":")
            if (film == "") film = word[1]
        }
        /^#/ { next }
        {
            split($0, field, / *, */)
            time = field[3] * tick[field[1] + 0]
            if (part == "decoded") { decoded[++pictures] = time; next }
            if (field[1] + 0 != film + 0) next
            packet[++packets] = time
            if (!/F=0x[0-9A-F]*[02468ACE]([^0-9A-F]|$)/ && ++whole <= 2) second = time
        }
        END {
            if (!whole || !pictures) exit 1
            for (at = 1; at <= packets; at++) if (packet[at] > second - 0.002) wanted++
            for (at = 1; at <= pictures; at++) if (decoded[at] > second - 0.002) found++
            exit found < wanted
        }' part=packets proof/out-packets part=decoded proof/out-decoded
}

# check_files FILE...: those of a folder. Where one fails, it's found by decoding each alone.
check_files() {
    proves=
    if [ "$#" -gt 1 ]; then
        decode media "$@"
        status=$?
        complaints 2>/dev/null || [ "$status" -ne 0 ] || return 0
    fi
    for each; do
        check_file "$each" "${each#./}"
    done
}

# is_plain NAME: it's text, or has no header that tells how to decode it.
is_plain() {
    case $1 in
        *.srt | *.vtt | *.ass | *.ssa | *.lrc | *.txt | *.json | *.csv | *.tsv | *.xml | *.html) ;;
        *.md5 | *.sha256 | *.framemd5 | *.framecrc | *.framehash | *.hash | *.crc | *.ffconcat) ;;
        *.ffmeta | *.log | *.log.* | *.log-* | *.stats | *.mbtree | *.cutree | *.trf | *.key) ;;
        *.yuv | *.rgb | *.raw | *.gray | *.pcm | *.[suf]16[lb]e | *.[suf]24[lb]e) ;;
        *.[suf]32[lb]e | *.[suf]64[lb]e | *.[us]8 | *.bin | *.dat | *.ttf | *.otf) ;;
        *) return 1 ;;
    esac
}

# check_output NAME: an output that is a file.
check_output() {
    if ! [ -s "making/$1" ] || [ -d "making/$1" ]; then
        made_no "$1"
    fi
    is_plain "$1" && return
    proved=$((proved + 1))
    proves=yes
    blind=
    words='the output'
    [ "$outputs" -le 1 ] || words=$1
    check_file "$1" "$words"
    # Subtitles alone have nothing that is held against the source.
    [ -z "$proves" ] || prove "$1" "$proved"
    proves=
}

# made_no WORDS: end, as an output isn't there.
made_no() {
    [ "$outputs" -gt 1 ] || fail "$empty" 'ffmpeg made nothing of this input'
    fail "$empty" "ffmpeg made no $1"
}
