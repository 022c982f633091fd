# A part of encode.sh: what is kept, and its manifests.

# is_named FILE: an output is called so, or a folder that it's in. What ffmpeg and x265 write for
# themselves in a run before isn't worth a word.
is_named() {
    case $newline$named in
        *"$newline$1$newline"* | *"$newline./$newline"*) return ;;
    esac
    rest=$1
    while :; do
        case $rest in
            */*) rest=${rest%/*} ;;
            ffmpeg2pass-* | x265_2pass.log*) return ;;
            *) return 1 ;;
        esac
        case $newline$named in
            *"$newline$rest/$newline"*) return ;;
        esac
    done
}

# Name the first few files that were made and aren't outputs.
tell_others() {
    others=$(cd making && walk . | {
        count=0
        separator=
        while IFS= read -r file; do
            ! is_named "${file#./}" || continue
            count=$((count + 1))
            case $count in
                [1-5]) printf '%s%s' "$separator" "${file#./}" && separator=', ' ;;
                6) printf ', and more' ;;
            esac
        done
    })
    [ -z "$others" ] || printf 'warning: also made, not kept: %s\n' "$others" >&2
}

# write_manifest FOLDER
write_manifest() {
    case $1 in
        .) manifest=files.manifest ;;
        *) manifest=$1.manifest ;;
    esac
    [ ! -e "making/$manifest" ] || fail "$usage" "an output can't be called $manifest"
    (cd making && walk "$1") | LC_ALL=C sort >lists/listing.txt || no_room
    while IFS= read -r file; do
        size=$(wc -c <"making/$file") || no_room
        md5=$(md5_of "$file") || no_room
        printf '%s %s %s\n' "$((size))" "$md5" "${file#"$1"/}" || no_room
    done <lists/listing.txt >"making/$manifest" || no_room
}

# md5_of FILE
md5_of() {
    if command -v md5sum >/dev/null; then
        md5=$(md5sum <"making/$1")
    else
        md5=$(cd making && ffmpeg -nostdin -v error -f data -i "file:$1" -map 0 -c copy -f md5 -)
        md5=${md5#MD5=}
    fi
    md5=${md5%% *}
    case $md5 in
        *[!0-9a-f]*) return 1 ;;
    esac
    [ "${#md5}" -eq 32 ] && echo "$md5"
}
