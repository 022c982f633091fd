"""Completion in each shell: the script that it loads, and the answer to a Tab.

Typer's own scripts offer local files wherever nothing else fits. These do so only where a path may
be written: the answer is then `:files`, and the shell completes the path itself.
"""

from __future__ import annotations

import os
from typing import Any

# Typer has no public way to replace its scripts. The names are those of the versions in
# pyproject.toml, and a test has each shell's answers.
from typer import _completion_shared as typer_scripts
from typer._click.shell_completion import (
    CompletionItem,
    ShellComplete,
    _resolve_context,
    _resolve_incomplete,
    add_completion_class,
    split_arg_string,
)
from typer._completion_classes import (
    BashComplete,
    FishComplete,
    PowerShellComplete,
    ZshComplete,
)

FILES = ":files"
_PATHS = ("PATH", "DIR", "FILE")
# The preset is a name, or the path of a file.
_NAMES_OR_PATHS = ("preset", "name")

BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" word found
    found=( $( _TYPER_COMPLETE_ARGS="$line" %(autocomplete_var)s=complete_bash "$1" 2>/dev/null ) )
    COMPREPLY=()
    if [ "${found[0]}" = :files ]; then
        compopt -o default 2>/dev/null ||
            COMPREPLY=( $( compgen -f -- "${COMP_WORDS[COMP_CWORD]}" ) )
        return 0
    fi
    # Bash takes a word apart at = and : and replaces only its last part.
    word="${line##* }"
    COMPREPLY=( "${found[@]#"${word%%"${word##*[=:]}"}"}" )
    case "${found[0]}" in
        *=) compopt -o nospace 2>/dev/null ;;
    esac
    return 0
}

complete -F %(complete_func)s %(prog_name)s
"""
ZSH = """
#compdef %(prog_name)s

%(complete_func)s() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" \\
    %(autocomplete_var)s=complete_zsh %(prog_name)s)
}

compdef %(complete_func)s %(prog_name)s
"""
FISH = """
function _%(complete_func)s
    set -l line (commandline -cp)
    set -l found (env %(autocomplete_var)s=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
_TYPER_COMPLETE_ARGS="$line" %(prog_name)s)
    if test "$found[1]" = :files
        __fish_complete_path (commandline -ct)
    else
        string join -- \\n $found
    end
end

complete --command %(prog_name)s --no-files --arguments "(_%(complete_func)s)"
"""
POWERSHELL = """
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:%(autocomplete_var)s = "complete_powershell"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString()
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    $found = @(%(prog_name)s)
    $Env:%(autocomplete_var)s = ""
    $Env:_TYPER_COMPLETE_ARGS = ""
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = ""
    # PowerShell completes paths where it gets nothing, and nothing where it gets an empty text.
    if ($found.Count -eq 0) { return "" }
    if ($found[0] -eq ":files") { return }
    $found | ForEach-Object {
        $value, $help = $_ -Split ":::"
        [System.Management.Automation.CompletionResult]::new(
            $value, $value, 'ParameterValue', $help)
    }
}
"""


class _WithFiles(ShellComplete):
    """Knows whether a path may be written where the cursor is."""

    takes_path = False

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what fits; `takes_path` says whether the shell is to complete a path instead."""
        context = _resolve_context(self.cli, self.ctx_args, self.prog_name, args)
        found, incomplete = _resolve_incomplete(context, args, incomplete)
        parameter: Any = found
        metavar = (getattr(parameter, "metavar", None) or "").strip("[]…")
        is_path = "/" in incomplete or incomplete.startswith((".", "~"))
        self.takes_path = metavar in _PATHS or (
            parameter.name in _NAMES_OR_PATHS and metavar in ("NAME", "PRESET") and is_path
        )
        return [] if self.takes_path else found.shell_complete(context, incomplete)

    def complete(self) -> str:
        """Return the answer to a Tab."""
        answer = super().complete()
        return FILES if self.takes_path else answer


class _Bash(_WithFiles, BashComplete):
    def get_completion_args(self) -> tuple[list[str], str]:
        """Split the line up to the cursor, as for the other shells."""
        line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
        words = split_arg_string(line)[1:]
        if words and not line[-1:].isspace():
            return words[:-1], words[-1]
        return words, ""


class _Zsh(_WithFiles, ZshComplete):
    def complete(self) -> str:
        """Return a line that zsh evaluates."""
        answer = super().complete()
        if self.takes_path:
            return "_files"
        return "" if answer == "_files" else answer


class _Fish(_WithFiles, FishComplete):
    pass


class _PowerShell(_WithFiles, PowerShellComplete):
    pass


def use_own_scripts() -> None:
    """Put batchff's scripts and answers in the place of Typer's, once its group is built."""
    for name, shell, script in (
        ("bash", _Bash, BASH),
        ("zsh", _Zsh, ZSH),
        ("fish", _Fish, FISH),
        ("powershell", _PowerShell, POWERSHELL),
        ("pwsh", _PowerShell, POWERSHELL),
    ):
        shell.source_template = script
        add_completion_class(shell, name)
        typer_scripts._completion_scripts[name] = script
