# A part of encode.sh: what it's called with, and recipe.txt, before the first run.

# read_call [NAME SIZE]...
read_call() {
    [ "$#" -ge 2 ] && [ "$(($# % 2))" -eq 0 ] || {
        fail "$usage" 'usage: sh encode.sh INPUT SIZE [BESIDE SIZE]...'
    }
    while [ "$#" -gt 0 ]; do
        case $1 in
            '' | -* | */* | *[:%]*) fail "$usage" "not a plain name: '$1'" ;;
        esac
        case $2 in
            -) ;;
            '' | *[!0-9]*) fail "$usage" "not a size: '$2'" ;;
        esac
        sources=$sources$1$newline
        shift 2
    done
}

# check_sources [NAME SIZE]...: each is here, and whole.
check_sources() {
    while [ "$#" -gt 0 ]; do
        [ -r "$1" ] || fail "$no_input" "$1 isn't on this node"
        if [ "$2" != - ]; then
            size=$(wc -c <"$1")
            [ "$size" -eq "$2" ] || fail "$no_input" "$1 isn't whole: $((size)) of $2 bytes"
        fi
        shift 2
    done
}

# Say which ffmpeg this is, and where it's from. The start task of a pool has written that down.
say_ffmpeg() {
    source=image
    {
        read -r _ _ version _
        read -r source
    } 2>/dev/null <"${AZ_BATCH_NODE_SHARED_DIR:-.}/ffmpeg.txt" ||
        version=$(ffmpeg -version 2>/dev/null | { read -r _ _ version _ && echo "$version"; })
    printf 'encode.sh: ffmpeg %s (%s)\n' "${version:-of an unknown version}" "$source" >&2
}

# Check the names in recipe.txt, and count its runs and outputs.
read_recipe() {
    while IFS= read -r line || [ -n "$line" ]; do
        name=${line#?}
        case $line in
            R | Rloudness | Rduration) runs=$((runs + 1)) ;;
            A*) [ "$runs" -gt 0 ] || fail "$usage" 'recipe.txt has an argument before any run' ;;
            [DFG]*) check_name "$name" ;;
            'Qaim '* | 'Qcrf '* | 'Qfilm '* | 'Qfilter '* | 'Qinput '* | 'Qword '* | 'Qsmaller '*) ;;
            P*) [ "$outputs" -gt 0 ] || fail "$usage" 'recipe.txt has a promise before any output' ;;
            *) fail "$usage" "recipe.txt has a line that isn't known: '$line'" ;;
        esac
        case $line in
            F*) outputs=$((outputs + 1)) named=$named$name$newline ;;
            G*) outputs=$((outputs + 1)) named=$named$name/$newline ;;
        esac
    done <recipe.txt
    [ "$runs" -gt 0 ] && [ "$outputs" -gt 0 ] || fail "$usage" 'recipe.txt has no run, or no output'
}

# check_name NAME: it must be within making/, and none of the links there.
check_name() {
    case /$1/ in
        // | /-* | //* | */../*) fail "$usage" "not a name for an output: '$1'" ;;
    esac
    case $sources in
        *"$newline$1$newline"*) fail "$usage" "an output can't be called $1" ;;
    esac
}

# Make the directory that ffmpeg runs in.
make_room() {
    rm -rf making made
    mkdir making || no_room
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            [DG]*) mkdir -p "making/${line#?}" || no_room ;;
        esac
    done <recipe.txt
    for file; do
        case $file in
            "$input" | with-*) ln -s "../$file" "making/$file" || no_room ;;
        esac
    done
}
