# A part of encode.sh: folders, and what playlists in them name.

# So many files of a folder are decoded by one ffmpeg.
batch=16

# walk FOLDER: print all files in it and below, but no links.
walk() {
    for file in "$1"/* "$1"/.[!.]*; do
        if [ -L "$file" ]; then
            continue
        elif [ -d "$file" ]; then
            walk "$file"
        elif [ -f "$file" ]; then
            printf '%s\n' "$file"
        fi
    done
}

# check_folder NAME: its playlists, what they name, and all other files.
check_folder() {
    [ ! -d lists ] || rm -rf lists
    mkdir lists || no_room
    true >lists/pieces.txt || no_room
    true >lists/playlists.txt || no_room
    (cd making && walk "$1") | LC_ALL=C sort >lists/listing.txt || no_room
    [ -s lists/listing.txt ] || made_no "file in $1"
    elsewhere=
    has_hls=
    while IFS= read -r file; do
        case $file in
            *.m3u8) has_hls=yes && read_playlist "$file" ;;
        esac
    done <lists/listing.txt
    [ -n "$has_hls" ] || read_manifests_of_dash
    check_playlists "$1"
    check_others
}

# read_playlist FILE: what it names must be there. What is decoded through it goes to pieces.txt: not
# whole files, as -f segment makes, whose list has a line on caches: one is no piece of the next. What
# isn't written as ffmpeg writes it is read by no other rule than this, so it isn't decoded.
read_playlist() {
    within=${1%/*}
    mapped=
    whole=
    names=
    through=yes
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '#EXT'*URI=*URI=* | '#EXT'*URI=[!\"]*) elsewhere=$1 && continue ;;
            '#EXT'*'URI="'*)
                case $line in
                    '#EXT-X-MAP:'*) mapped=yes ;;
                esac
                line=${line#*URI=\"}
                line=${line%%\"*}
                ;;
            '#EXT-X-ALLOW-CACHE:'*) whole=whole && continue ;;
            '' | '#'*) continue ;;
        esac
        names=yes
        case /$line in
            //* | *://* | /data:*) elsewhere=$1 && continue ;;
            */../*) fail "$broken" "${1#./} names $line, which is outside of its folder" ;;
        esac
        [ -f "making/$within/$line" ] || {
            fail "$broken" "${1#./} names $line, which ffmpeg didn't make"
        }
        case $whole$mapped:$line in
            whole*) through= ;;
            :*.ts | :*.aac | :*.mp3 | :*.ac3 | :*.ec3 | :*.vtt | :*.m3u8 | :*.key | yes:*)
                printf '%s\n' "$within/$line" || no_room
                ;;
            *) through= ;;
        esac
    done <"making/$1" >>lists/pieces.txt || no_room
    # ffmpeg's master playlist is so for a film of half a second.
    [ -n "$names$elsewhere" ] || fail "$broken" "${1#./} is a playlist that names nothing"
    [ -z "$through" ] || printf '%s\n' "$1" >>lists/playlists.txt || no_room
}

# What an MPD names are patterns: all the media beside it count as its pieces; without patterns they
# are whole files. Not every ffmpeg reads an MPD, and none may that names files elsewhere.
read_manifests_of_dash() {
    grep '\.mpd$' lists/listing.txt >lists/manifests.txt || return
    reads_dash=
    ! ffmpeg -nostdin -v error -demuxers 2>/dev/null | grep -q ' dash ' || reads_dash=yes
    while IFS= read -r file; do
        grep -q '<SegmentTemplate ' "making/$file" || continue
        printf '%s\n' "$file" >>lists/playlists.txt || no_room
        for piece in "making/${file%/*}"/*.m4s "making/${file%/*}"/*.mp4 \
            "making/${file%/*}"/*.webm; do
            printf '%s\n' "${piece#making/}" || no_room
        done
        if [ -z "$reads_dash" ] || grep -qE "$outside" "making/$file"; then
            elsewhere=$file
        fi
    done <lists/manifests.txt >lists/pieces.txt || no_room
}

outside='\.\./|= *["'"'"'] *(/|file:|crypto:)|> *(/|[a-z]+://|file:|crypto:)|&#|<!'

# check_playlists FOLDER: decode through each playlist that no other one names. What is played is as
# long as the source, where that is promised.
check_playlists() {
    timed=
    [ -z "$knows_source" ] || ! read_promise "$1" | grep -qx duration || timed=yes
    if [ -n "$elsewhere" ]; then
        printf "warning: not decoded: what is named in %s\n" "${elsewhere#./}" >&2
        return
    fi
    while IFS= read -r file; do
        grep -qxF -e "$file" lists/pieces.txt && continue
        proves=$timed
        check_file "$file" "${file#./}" playlist
        [ -z "$proves" ] || hold_length "$1" "$file"
    done <lists/playlists.txt
    proves=
}

# hold_length FOLDER PLAYLIST: each stream that is played is as long as one of its kind in the source.
hold_length() {
    began=
    read_facts proof/played check.txt proof/out-packets 1
    found=$(LC_ALL=C awk '
        function absolute(number) { return number < 0 ? -number : number }
        part == "source" && $1 == "stream" { kind[$2] = $3; cover[$2] = $4 }
        part == "source" && $1 == "packets" && $4 > 0 && $5 != "-" && !cover[$2] {
            of = kind[$2]
            long_[of, ++count[of]] = $6 - $5
            if ($7 > step[of]) step[of] = $7
        }
        part == "source" && $1 == "jumps" { jumps = $2 }
        part == "made" && $1 == "stream" { of_made[$2] = $3 }
        part == "made" && $1 == "packets" && $5 != "-" && count[of_made[$2]] && !jumps {
            of = of_made[$2]
            off = ""
            for (at = 1; at <= count[of]; at++) {
                if (off != "" && absolute($6 - $5 - long_[of, at]) >= absolute(off)) continue
                off = $6 - $5 - long_[of, at]
                full = long_[of, at]
            }
            if (absolute(off) <= 0.2 + $7 + step[of] + full * 0.0005) next
            wrong[of] = sprintf("%.1f of %.1f s", full + off, full)
        }
        END {
            if ("video" in wrong) print wrong["video"]
            else if ("audio" in wrong) print wrong["audio"] " of the sound"
            print "end"
        }' part=source proof/source part=made proof/played) || found=
    case $found in
        end) ;;
        *"$newline"end) is_wrong "$1" "${2#"$1"/}: ${found%"$newline"end}" ;;
        *) fail "$wrong" "the output can't be checked: awk failed" ;;
    esac
}

# Decode what no playlist names. Texts may be empty here: there was nothing to write.
check_others() {
    LC_ALL=C awk 'FILENAME == "lists/pieces.txt" { piece[$0]; next } !($0 in piece)' \
        lists/pieces.txt lists/listing.txt >lists/others.txt || no_room
    set --
    while IFS= read -r file; do
        case $file in
            *.m3u8 | *.mpd) continue ;;
        esac
        ! is_plain "$file" || continue
        set -- "$@" "$file"
        if [ "$#" -eq "$batch" ]; then
            check_files "$@"
            set --
        fi
    done <lists/others.txt
    [ "$#" -eq 0 ] || check_files "$@"
}
