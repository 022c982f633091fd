# A part of encode.sh: what is known of the outputs, once all of them are good.

# write_done: to done.txt, which is sent as the task's verdict. A line for each output: its kind, its
# size in bytes, its name; of a folder it's the size of its manifest. The last line says by which
# ffmpeg.
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
}
