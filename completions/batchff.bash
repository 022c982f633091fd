_batchff_completion() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" word found
    found=( $( _TYPER_COMPLETE_ARGS="$line" _BATCHFF_COMPLETE=complete_bash "$1" 2>/dev/null ) )
    COMPREPLY=()
    if [ "${found[0]}" = :files ]; then
        compopt -o default 2>/dev/null ||
            COMPREPLY=( $( compgen -f -- "${COMP_WORDS[COMP_CWORD]}" ) )
        return 0
    fi
    # Bash takes a word apart at = and : and replaces only its last part.
    word="${line##* }"
    COMPREPLY=( "${found[@]#"${word%"${word##*[=:]}"}"}" )
    case "${found[0]}" in
        *=) compopt -o nospace 2>/dev/null ;;
    esac
    return 0
}
complete -F _batchff_completion batchff
