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
    check_playlists
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

# Decode through each playlist that no other one names.
check_playlists() {
    if [ -n "$elsewhere" ]; then
        printf "warning: not decoded: what is named in %s\n" "${elsewhere#./}" >&2
        return
    fi
    while IFS= read -r file; do
        grep -qxF -e "$file" lists/pieces.txt || check_file "$file" "${file#./}" playlist
    done <lists/playlists.txt
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
