"""How a job ended, in words and as an exit code; and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import ExitCode
from batchff.model.places import SCHEME
from batchff.model.told import is_kept
from batchff.node.exit_codes import NodeExit
from batchff.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchff.console.reporter import Reporter
    from batchff.model.jobs import JobOutcome


def exit_code_of(outcome: JobOutcome) -> ExitCode:
    """Return a job's end as an exit code."""
    return ExitCode.DONE if outcome.all_succeeded else ExitCode.TASKS_FAILED


def kept_sources(outcome: JobOutcome) -> int:
    """Return of how many files the source is kept, as no output is smaller."""
    return sum(any(map(is_kept, each.words)) for each in outcome.told)


def outcome_text(outcome: JobOutcome) -> str:
    """Return a job's end in one line."""
    done, unreachable = outcome.succeeded, outcome.unreachable
    if outcome.batchff:  # it counts files, and an unreachable task's file has failed
        lacking = f" ({outcome.lacking} without all of its source)" if outcome.lacking else ""
        salvaged = sum(each.is_salvaged for each in outcome.told)
        kept = kept_sources(outcome)
        parts = [f"{done - kept} encoded{lacking}"] if outcome.job else []
        parts += [f"{salvaged} of them salvaged"] if salvaged else []
        parts += [f"{counted(kept, 'source')} kept"] if kept else []
        parts += [f"{outcome.done_before} done before"] if outcome.done_before else []
        stuck, not_run = f"{counted(unreachable, 'task')} unreachable", outcome.unfinished
    else:
        parts = [f"{done} succeeded"]
        stuck, not_run = f"{unreachable} unreachable", outcome.unfinished - unreachable
    parts += [f"{outcome.failed} failed"] if outcome.failed else []
    parts += [stuck] if unreachable else []
    parts += [f"{not_run} not run"] if not_run else []
    return f"{f'job {outcome.job}' if outcome.job else 'nothing to encode'}: {', '.join(parts)}"


def advise(outcome: JobOutcome, reporter: Reporter, source: str = "") -> list[str]:
    """Report what a user can do about a job that didn't succeed as a whole, and return it.

    `source` is where its files are, if batchff didn't upload them.
    """
    return _advised(_what_to_do(outcome, source), reporter)


def advise_to_resend(outcome: JobOutcome, reporter: Reporter) -> list[str]:
    """Report how to repair inputs that `upload` can't replace, and return it.

    These are clips' sources and second inputs.
    """
    if not any(failure.input_at_fault for failure in outcome.failures):
        return []
    words = (
        "upload can't replace files of --list or --with: repair the file and give the same "
        "command again, which makes another job"
    )
    return _advised([words], reporter)


def _advised(advice: Iterable[str], reporter: Reporter) -> list[str]:
    from batchff.events import Advised

    said = list(advice)
    for words in said:
        reporter.report(Advised(words))
    return said


def _what_to_do(outcome: JobOutcome, source: str) -> Iterator[str]:
    job = outcome.job
    if outcome.unreachable:
        yield (
            f"tasks that depend on a failed one never run, and job {job} stays active; "
            f"stop it with: batchff job stop {job}"
        )
    elif outcome.batchff:
        yield from _what_to_mend(outcome, source)
    if outcome.not_encoded:
        yield "files that weren't sent aren't in the job: repair them, and give the command again"
    if _is_any_salvageable(outcome):
        yield "to keep what is left of files that are cut off or damaged, add --salvage"


def _is_any_salvageable(outcome: JobOutcome) -> bool:
    """Return whether --salvage would make something of a file that failed."""
    on_nodes = any(failure.exit_code == NodeExit.SOURCE_BAD for failure in outcome.failures)
    return on_nodes or any(each.is_salvageable for each in outcome.not_encoded)


def _what_to_mend(outcome: JobOutcome, source: str) -> Iterator[str]:
    """Yield what to do about failures: those of arguments first, as they may be of all files."""
    job = outcome.job
    alike = {same.preset for same in outcome.alike}
    refused = any(failure.arguments_at_fault for failure in outcome.failures)
    others = [
        failure
        for failure in outcome.failures
        if not failure.arguments_at_fault and failure.preset not in alike
    ]
    at_fault = sum(failure.input_at_fault for failure in others)
    if at_fault or alike or refused:
        yield f"see what ffmpeg said with: batchff logs {job}"
    if refused:
        yield from how_to_mend_arguments()
    elif alike:
        yield "all failed alike: look at ffmpeg's arguments before you look at the files"
    if not (alike or refused):
        failed = len(outcome.failures)
        yield from how_to_go_on(job, failed, at_fault, outcome.unfinished, source)
    elif others:
        yield from how_to_go_on(job, len(others), at_fault, 0, source)


def how_to_mend_arguments() -> Iterator[str]:
    """Yield what to do where ffmpeg refuses its arguments, whatever the file."""
    yield "the fault is in ffmpeg's arguments, not in the files"
    yield "check a preset of your own with: batchff preset check FILE"
    yield "then submit again, without --no-try; uploads are kept"
    yield "if the nodes' ffmpeg lacks something, choose another: --ffmpeg"


def how_to_go_on(
    job: str, failed: int, at_fault: int, never_ran: int, source: str = ""
) -> Iterator[str]:
    """Yield how to encode the rest of a job that batchff made.

    `failed` counts its failed tasks, and `at_fault` those of them whose input is bad. `source` is
    where its files are, if batchff didn't upload them.
    """
    if at_fault and source:
        yield f"repair the files that ffmpeg fails on, under the same names in {source}"
    elif at_fault:
        # A submit with other files would be another job.
        yield "repair the files that ffmpeg fails on, then: batchff upload PATH"
    if failed or never_ran:
        is_repair_enough = failed == at_fault and not never_ran
        what = (
            "the repaired files"
            if is_repair_enough
            else "the failed files again"
            if failed
            else "the files that never ran"
        )
        # Media that was given with a SAS needs one again.
        again = " --input 'URL'" if source and not source.startswith(SCHEME) else ""
        yield f"encode {what} with: batchff job retry {job}{again}"
