# Steps with a name and a time; to be sourced. At the end, also a bad one, there is a table of them.
#
#     step 'lint'      # ends the step before it
#     ruff check .

step_name=''
step_rows=()

step() {
    end_step ''
    step_name=$*
    step_began=$SECONDS
    printf '\n== %s\n' "$step_name"
}

# end_step REMARK: write down how long the running step took.
end_step() {
    [[ $step_name ]] || return 0
    local row
    row=$(printf '%s  %-48s %s' "$(as_minutes $((SECONDS - step_began)))" "$step_name" "$1")
    step_rows+=("${row%"${row##*[! ]}"}")
    printf '== %s\n' "${step_rows[-1]}"
    step_name=''
}

as_minutes() {
    printf '%3d:%02d min' $(($1 / 60)) $(($1 % 60))
}

# show_steps STATUS: the table; to be called where the script ends, with its exit status.
show_steps() {
    if (($1)); then end_step "failed ($1)"; else end_step ''; fi
    printf '\n== the steps\n'
    printf '%s\n' "${step_rows[@]}" "$(as_minutes "$SECONDS")  in all"
}
