# A part of encode.sh: what is known of the outputs, once all of them are good.

# write_done: to done.txt, which is sent as the task's verdict. A line for each output says its kind,
# its size in bytes and its name; the size of a folder is that of its manifest. Then by which ffmpeg
# it's made, what is missing of a source that was salvaged, and the facts of proof.txt.
write_done() {
    while IFS= read -r line || [ -n "$line" ]; do
        file=made/${line#?}
        case $line in
            F*) printf 'file' ;;
            G.) printf 'folder' && file=made/files.manifest ;;
            G*) printf 'folder' && file=$file.manifest ;;
            *) continue ;;
        esac
        size=$(wc -c <"$file")
        printf ' %s %s\n' "$((size))" "${line#?}"
    done <recipe.txt >done.txt || no_room
    printf 'ffmpeg %s\n' "${version:-unknown}" >>done.txt || no_room
    [ -z "$salvaged" ] || printf 'salvaged %s\n' "$salvaged" >>done.txt || no_room
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
    done <proof.txt >>done.txt || no_room
}

# tell WORDS: say what isn't as it might be, and isn't worth a failure.
tell() {
    printf 'warning: %s\n' "$1" >&2
    printf 'told: %s\n' "$1" >>proof.txt
    printf '%s\n' "$1" >>told.txt
}
