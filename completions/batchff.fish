function __batchff_completion
    set -l line (commandline -cp)
    set -l found (env _BATCHFF_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS="$line" batchff)
    if test "$found[1]" = :files
        __fish_complete_path (commandline -ct)
    else
        string join -- \n $found
    end
end
complete --command batchff --no-files --arguments "(__batchff_completion)"
