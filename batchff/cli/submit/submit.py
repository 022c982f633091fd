"""`batchff submit`: runs the whole pipeline."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import Invocation, invocation_of
from batchff.cli.options.ffmpeg_words import FfmpegCommand
from batchff.cli.options.places import NoDownload, Sources, To, destination, downloads
from batchff.cli.options.quality import with_quality_options
from batchff.cli.options.recipes import (
    Audio,
    KeepSuffix,
    Name,
    NoTry,
    Presets,
    Settings,
    Suffix,
    chosen_recipes,
)
from batchff.cli.options.settings import with_settings
from batchff.cli.options.shared import (
    Again,
    Bell,
    Carry,
    Chunk,
    ClipList,
    Exclude,
    Include,
    JobName,
    KeepTimes,
    PoolId,
    Salvage,
    With,
    chunk_seconds,
    globs,
)
from batchff.cli.submit.report import report_target, tell_of_report, write_submits_report
from batchff.cli.submit.wanted import ask_what, require_files
from batchff.cli.words.money import tell_of_nodes
from batchff.cli.words.outcome import advise, advise_to_resend, exit_code_of, outcome_text
from batchff.console.reporter import CommandResult
from batchff.console.words.text import printable
from batchff.errors import InterruptedByUser, TransferError
from batchff.pipeline.names import OUTPUT_FOLDER

if TYPE_CHECKING:
    from batchff.cli.options.recipes import Chosen
    from batchff.cli.options.report_file import ReportFile
    from batchff.cli.words.end import Left
    from batchff.model.estimates import Estimate as Estimated
    from batchff.pipeline.submit.planning.files import PlannedFiles, Wanted
    from batchff.pipeline.submit.planning.request import JobRequest
    from batchff.pipeline.submit.planning.submission import Submission, SubmitOptions

app = App()

Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help=f"Where outputs are downloaded to.  [default: {OUTPUT_FOLDER}/SOURCE-PRESET]",
    ),
]
Detach = Annotated[bool, typer.Option("--detach", help="Exit once all is submitted; see 'watch'.")]
KeepPool = Annotated[bool, typer.Option("--keep-pool", help="Keep the pool for the next job.")]
Tidy = Annotated[
    bool, typer.Option("--tidy", help="Delete each uploaded file once its output is downloaded.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop the job at the first failure.")]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace existing files, and blobs at --to, that differ."),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a report at the end: .html, .csv, .md or .json; see 'report'.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what it would do, and the most it could cost.")
]
Estimate = Annotated[
    bool,
    typer.Option(
        "--estimate",
        help="As --dry-run, and encode pieces here to tell sizes, time and cost.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask, however much it could cost.")]


@app.command(cls=FfmpegCommand)
@with_settings("job", "pool")
@with_quality_options
def submit(
    context: typer.Context,
    paths: Sources = None,
    list_: ClipList = None,
    preset: Presets = None,
    settings: Settings = None,
    suffix: Suffix = None,
    out: Out = None,
    to: To = None,
    no_download: NoDownload = False,
    audio: Audio = None,
    name: Name = None,
    keep_suffix: KeepSuffix = False,
    keep_times: KeepTimes = False,
    salvage: Salvage = False,
    chunk: Chunk = None,
    with_: With = None,
    carry: Carry = None,
    job: JobName = None,
    pool: PoolId = None,
    include: Include = None,
    exclude: Exclude = None,
    detach: Detach = False,
    keep_pool: KeepPool = False,
    tidy: Tidy = False,
    fail_fast: FailFast = False,
    overwrite: Overwrite = False,
    again: Again = False,
    report: ReportOption = None,
    dry_run: DryRun = False,
    estimate: Estimate = False,
    no_try: NoTry = False,
    bell: Bell = False,
    yes: Yes = False,
) -> CommandResult:
    """Encode files on many machines: all stages in one.

    Inspects the files, uploads them, makes nodes, runs ffmpeg on each file and downloads the
    outputs. It names a file that nothing can be made of, and goes on with the others. The node
    compares each output with its source: length, pictures and their times, streams, colours. submit
    says what an output lacks of its source; 'inspect' says it beforehand.

    The same command, given again, continues. Files that any machine encoded in this way before are
    only downloaded. Media that is in storage already is read there: nothing is uploaded.
    """
    require_files(paths, list_)
    from batchff.cli.options.job_request import OutputOptions, asked_job
    from batchff.pipeline.beside import beside_names
    from batchff.pipeline.output_names import Naming
    from batchff.pipeline.submit.planning.submission import SubmitOptions

    options = SubmitOptions(
        detach, keep_pool, overwrite, tidy, fail_fast, downloads(to, no_download, out), again
    )
    options.refuse_contradictions()
    target = report_target(report, detach=detach)
    invocation, beside = invocation_of(context), globs(with_)
    invocation.rings = bell
    asked = ask_what(context, paths or (), list_, preset, takes_all=not (include or exclude))
    chosen = chosen_recipes(context, asked.presets, settings, suffix, beside_names(beside))
    naming, place = Naming(name or "", keep_suffix), destination(to)
    seconds = chunk_seconds(chunk)
    outputs = OutputOptions(naming, place, keep_times, audio or "", salvage, beside, seconds)
    request = asked_job(invocation, chosen, job, pool, outputs)
    wanted = asked.wanted(globs(include), globs(exclude), globs(carry), out, chosen, beside)
    how = _How(options, out, target, not no_try, dry_run or estimate, estimate, yes)
    return _submit(chosen, request, wanted, how, invocation)


@dataclass(frozen=True, slots=True)
class _How:
    """How far a call goes, and where outputs and its report go."""

    options: SubmitOptions
    out: Path | None
    report: ReportFile | None
    tries: bool
    dry_run: bool
    estimates: bool
    yes: bool


def _submit(
    chosen: Chosen, request: JobRequest, wanted: Wanted, how: _How, invocation: Invocation
) -> CommandResult:
    """Find the files, try ffmpeg on one, plan all and run it; with `dry_run` only say the plan."""
    from batchff.cli.options.trying import check_for_nodes, tell_of_other_ffmpeg
    from batchff.cli.submit.dry_run import dry_run_result, is_affordable
    from batchff.cli.submit.files import planned_files, try_files
    from batchff.pipeline.submit.planning.planning import plan_submission
    from batchff.pipeline.submit.wait import wait_for_alike

    here, console = invocation.profile.has_nodes_here, invocation.console
    invocation.check_accounts("batch", "storage")  # before any file is read
    if not request.pool:
        check_for_nodes(chosen, request.pool_spec, console, here=here)
    files = planned_files(wanted, request, how.options, how.out, invocation)
    began = time.monotonic()
    tried = how.tries and try_files(chosen, files, invocation)
    spent = time.monotonic() - began
    if how.dry_run and invocation.would_start_emulator:
        # It would have nothing in it.
        planned = plan_submission(files, request, how.options, None, None, console)
        told = _estimated(planned, files, how, spent, invocation)
        return dry_run_result(planned, None, None, told, invocation)
    submission = _planned(files, request, how.options, invocation)
    if request.pool:
        # Only now it's known what that one is.
        check_for_nodes(chosen, submission.pool_spec, console, here=here)
    if tried:
        tell_of_other_ffmpeg(submission.pool_spec, console, here=here)
    if how.dry_run:
        told = _estimated(submission, files, how, spent, invocation)
        return dry_run_result(submission, invocation.batch, invocation.storage, told, invocation)
    waits = not (how.options.detach or how.options.again or submission.is_done)
    if waits and wait_for_alike(submission.plan, invocation.batch, console):
        submission = _planned(files, request, how.options, invocation)
    if not how.yes and not is_affordable(submission, invocation.batch, invocation):
        return _refused(submission)
    return _run(submission, how.report, invocation)


def _estimated(
    submission: Submission,
    files: PlannedFiles,
    how: _How,
    spent: float,
    invocation: Invocation,
) -> Estimated | None:
    """Return what a submit is likely to come to, where it's told; without a try, nothing is.

    So many seconds were `spent` on the try.
    """
    from batchff.cli.submit.estimated import estimate_of

    if not (how.tries or how.estimates):
        return None
    return estimate_of(submission, files, spent, invocation, is_asked=how.estimates)


def _planned(
    files: PlannedFiles, request: JobRequest, options: SubmitOptions, invocation: Invocation
) -> Submission:
    """Plan a submit; raise UsageError for a job that could outlive its SAS.

    Raises InputError where outputs would replace what others have in storage.
    """
    from batchff.pipeline.job.limits import check_sas_life
    from batchff.pipeline.submit.planning.places import check_places
    from batchff.pipeline.submit.planning.planning import plan_submission

    batch, storage = invocation.batch, invocation.storage
    if not request.pool_spec.identity:
        check_sas_life(request.limits, storage.longest_sas)
    submission = plan_submission(files, request, options, batch, storage, invocation.console)
    check_places(
        submission.plan,
        submission.items,
        batch,
        storage,
        datetime.now(UTC),
        overwrite=options.overwrite,
    )
    return submission


def _refused(submission: Submission) -> CommandResult:
    from batchff.results.submit.submit import RefusedSubmit

    plan = submission.plan
    data = RefusedSubmit(plan.job, plan.pool, plan.input_set)
    return CommandResult(data, text="nothing was submitted")


def _run(
    submission: Submission, report: ReportFile | None, invocation: Invocation
) -> CommandResult:
    from batchff.cli.submit.estimated import learn_speed
    from batchff.cli.words.end import end_lines, so_far_lines
    from batchff.cli.words.measured import measured_of
    from batchff.console.tally import Tally
    from batchff.pipeline.submit.submit import submit, with_folder
    from batchff.results.submit.submit import DetachedSubmit, Submit

    submission = with_folder(submission)
    plan = submission.plan
    tally = Tally(invocation.console)
    tell_of_nodes(submission.pool_spec.vm_size, submission.pool_spec.slots, tally, invocation)
    try:
        submitted = submit(submission, invocation.batch, invocation.storage, tally)
    except InterruptedByUser as error:
        error.summary = so_far_lines(tally)
        raise
    except TransferError:
        if report:
            tell_of_report(write_submits_report(submission, report, invocation), invocation)
        raise
    learn_speed(submission, invocation)
    source = plan.source.address if plan.source else ""
    outputs = plan.outputs.address
    if submitted.outcome is None or submitted.downloaded is None:
        detached = DetachedSubmit(plan.job, plan.pool, plan.input_set, source, outputs)
        return CommandResult(detached, text=plan.job)
    outcome, folder = submitted.outcome, str(submission.folder)
    advice = advise(outcome, invocation.console, source)
    if submission.has_clips or submission.beside:
        advice += advise_to_resend(outcome, invocation.console)
    written = write_submits_report(submission, report, invocation) if report else ""
    where = [folder] if submitted.downloaded else []
    if plan.to or not submission.options.downloads:
        made = [outputs] if outcome.outputs else []
        where = [*map(printable, (*made, *submission.earlier_places)), *where]
    left = _what_is_left(submission)
    return CommandResult(
        Submit(
            job="" if submission.is_done else plan.job,
            pool="" if submission.is_done else plan.pool,
            input_set=plan.input_set,
            source=source,
            outputs_at="" if submission.is_done else outputs,
            earlier_outputs_at=submission.earlier_places,
            folder=folder if submission.options.downloads else "",
            downloaded=submitted.downloaded,
            outcome=outcome,
            report=written,
        ),
        text="\n".join([outcome_text(outcome), *where, *([written] if written else [])]),
        exit_code=exit_code_of(outcome),
        end=end_lines(
            outcome,
            tally,
            left,
            advice,
            measured=measured_of(
                plan.folder, plan.output_container, plan.recipes, invocation.storage
            ),
            besides=1 + len(where) + bool(written),
            is_reported=bool(written),
        ),
    )


def _what_is_left(submission: Submission) -> Left:
    """Return what stays in the cloud after a submit that was watched to its end."""
    from batchff.cli.words.end import Left

    plan, options = submission.plan, submission.options
    kept = [
        (" --pool", "the pool", options.keep_pool),
        (" --inputs", "the uploads", plan.source is None and not options.tidy),
        (" --outputs", "the outputs", plan.to is None),
    ]
    return Left(
        _and(what for _, what, stays in kept if stays),
        "".join(option for option, _, stays in kept if stays),
    )


def _and(words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last
