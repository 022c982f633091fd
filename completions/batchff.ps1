Register-ArgumentCompleter -Native -CommandName batchff -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_BATCHFF_COMPLETE = "complete_powershell"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString()
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    $found = @(batchff)
    $Env:_BATCHFF_COMPLETE = ""
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
