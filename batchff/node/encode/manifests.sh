# A part of encode.sh: what is kept, and its manifests.

# So many files are counted by one program.
counted=100

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
    folder=$1
    set --
    while IFS= read -r file; do
        set -- "$@" "$file"
        [ "$#" -lt "$counted" ] || {
            list_files "$folder" "$@" || no_room
            set --
        }
    done <lists/listing.txt >"making/$manifest" || no_room
    [ "$#" -eq 0 ] || list_files "$folder" "$@" >>"making/$manifest" || no_room
}

# list_files FOLDER FILE...: print the manifest's lines. They are made by few programs for many files,
# and printed by the shell, which sees where there is no room. That all are there is told by the end.
list_files() {
    folder=$1
    shift
    {
        printf '%s\n' "$@"
        cd making && wc -c "$@" && md5s_of "$@"
    } | LC_ALL=C awk -v count="$#" '
        NR <= count { name[NR] = $0; next }
        NR <= 2 * count { size[NR - count] = $1; next }
        count > 1 && NR == 2 * count + 1 { next }
        {
            md5 = $1
            # Before a name with a backslash there is one more.
            sub(/^\\/, "", md5)
            at++
            if (length(md5) != 32 || md5 ~ /[^0-9a-f]/ || size[at] !~ /^[0-9]+$/) exit
            print size[at], md5, name[at]
            good++
        }
        END { if (good == count) print "end" }' | {
        ended=1
        while IFS= read -r line; do
            [ "$line" != end ] || { ended=0 && continue; }
            path=${line#* }
            path=${path#* }
            printf '%s%s\n' "${line%"$path"}" "${path#"$folder"/}" || exit 1
        done
        exit "$ended"
    }
}

# md5s_of FILE...: print a line for each, its MD5 first.
md5s_of() {
    ! command -v md5sum >/dev/null || {
        md5sum "$@"
        return
    }
    for file; do
        md5=$(ffmpeg -nostdin -v error -f data -i "file:$file" -map 0 -c copy -f md5 -)
        printf '%s\n' "${md5#MD5=}"
    done
}
