# A part of encode.sh: outputs are decoded.

# decode KINDS FILE...: decode files of making/ in one ffmpeg; its complaints go to check.txt. KINDS
# is `media`, `subtitles` or `playlist`.
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
        set -- "$@" -err_detect +crccheck+explode
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
    number=0
    while [ "$number" -lt "$count" ]; do
        case $kinds in
            subtitles) set -- "$@" -map "$number:s" -c copy ;;
            *) set -- "$@" -map "$number:v?" -map "$number:a?" ;;
        esac
        number=$((number + 1))
    done
    run_ffmpeg check.txt -v error -xerror -max_error_rate 0 \
        -abort_on empty_output+empty_output_stream "$@" -f null -
}

# check_file NAME WORDS [KINDS]: WORDS are what it's called in a failure.
check_file() {
    decode "${3:-media}" "$1"
    status=$?
    read -r first <check.txt
    case $first in
        *'does not contain any stream')
            decode subtitles "$1"
            status=$?
            ;;
    esac
    if complaints || [ "$status" -ne 0 ]; then
        if is_refused check.txt; then
            fail "$broken" "$2 has a format that names other files, which would be lost"
        fi
        fail_as "$broken" "$status" "$2 doesn't decode without an error"
    fi
}

# check_files FILE...: those of a folder. Where one fails, it's found by decoding each alone.
check_files() {
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
    if [ "$outputs" -gt 1 ]; then
        check_file "$1" "$1"
    else
        check_file "$1" 'the output'
    fi
}

# made_no WORDS: end, as an output isn't there.
made_no() {
    [ "$outputs" -gt 1 ] || fail "$empty" 'ffmpeg made nothing of this input'
    fail "$empty" "ffmpeg made no $1"
}
