from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from batchff.model.items import Cut, Item, ItemTask, Output
from batchff.model.jobs import Told
from batchff.model.report import FileState, ReportedFile
from batchff.pipeline.names import task_id
from batchff.pipeline.report.files import reported_files
from batchff.pipeline.report.gather import Gathered
from tests.pipeline.gathered import blob, gathered, item_of, job_of, run_of


def only(known: Gathered) -> ReportedFile:
    (file,) = reported_files(known)
    return file


def test_an_encoded_file_has_its_length_sizes_time_speed_and_node() -> None:
    file = only(gathered(run_of("a", 10, 20), lengths={"a.mov": 40.0}))
    assert (file.file, file.state, file.bytes, file.seconds) == ("a.mov", "encoded", 100, 40.0)
    (task,) = file.tasks
    assert (task.seconds, task.speed, task.node, task.attempts) == (10.0, 4.0, "n_d", 1)
    assert (task.state, task.exit_code, task.job) == ("encoded", 0, "job")
    assert file.bytes_out == 50
    assert file.outputs[0].address == "az://out/job/media/a.mp3"


def test_what_isnt_known_is_none() -> None:
    file = only(gathered(run_of("a", 10, 20), items=(item_of("a", -1),), blobs={}))
    assert (file.bytes, file.seconds, file.bytes_out, file.tasks[0].speed) == (None,) * 4


def test_the_speed_of_a_clip_is_that_of_its_part() -> None:
    item = item_of("a")
    cut = replace(item.tasks[0], cut=Cut(Decimal(10), Decimal(30)))
    known = gathered(run_of("a", 0, 10), lengths={"a.mov": 40.0})
    assert only(replace(known, items=(replace(item, tasks=(cut,)),))).tasks[0].speed == 2.0


def test_a_failure_has_its_reason_what_to_do_and_the_lines_of_ffmpeg() -> None:
    said = "moov atom not found\nencode.sh: ffmpeg failed on this input (ffmpeg's exit code: 183)\n"
    file = only(gathered(run_of("a", 1, 2, code=12), said={"a": said}))
    assert file.state is FileState.FAILED
    assert "no moov atom" in file.reason or "ffmpeg failed" in file.reason
    assert file.advice == "repair or replace the file: batchff upload PATH, batchff job retry job"
    assert "moov atom not found" in file.log
    assert file.tasks[0].speed is None


@pytest.mark.parametrize(
    ("code", "said", "advice"),
    [
        (18, "", "repair or replace the file, or keep what is left of it with --salvage"),
        (17, "", "batchff job retry job, with a larger --vm-size"),
        (15, "", "batchff job retry job"),
        (
            12,
            "Unrecognized option 'slowx'.",
            "the fault is in ffmpeg's arguments: change them, and submit again",
        ),
    ],
)
def test_what_to_do_depends_on_whose_fault_it_is(code: int, said: str, advice: str) -> None:
    assert only(gathered(run_of("a", 1, 2, code=code), said={"a": said})).advice == advice


def test_a_file_without_a_task_says_why_and_what_to_do() -> None:
    bad = Item("x.mov", 3, "", not_encoded="it's a text")
    cut = replace(bad, relative="y.mov", not_encoded="cut off", is_salvageable=True)
    first, second = reported_files(gathered(items=(cut, bad)))
    assert (first.file, first.state) == ("x.mov", FileState.NOT_ENCODED)
    assert first.reason == "it's a text"
    assert first.advice == "repair or replace the file, and give the command again"
    assert second.advice.endswith("--salvage")
    assert first.has_failed and second.has_failed


def test_a_file_of_which_not_all_could_be_made_counts_as_failed_and_has_its_outputs() -> None:
    item = replace(item_of("a"), not_encoded="speech: no audio in it")
    file = only(gathered(run_of("a", 1, 2), items=(item,)))
    assert (file.state, file.reason) == (FileState.PARTLY, "speech: no audio in it")
    assert file.has_failed
    assert len(file.outputs) == 1


def test_of_several_tasks_one_that_failed_is_the_files_state() -> None:
    facts = job_of().batchff
    assert facts is not None
    job = job_of(facts=replace(facts, preset="h264+mp3"))
    ids = [task_id("a.mov", preset) for preset in ("h264", "mp3")]
    item = Item(
        "a.mov",
        9,
        "set/a.mov",
        (Output("a.mp4", "m/a.mp4"), Output("a.mp3", "m/a.mp3")),
        tuple(ItemTask(name, (number,)) for number, name in enumerate(ids)),
    )
    runs = [
        run_of(ids[0], 1, 2, code=14, job=job, file="a.mov"),
        run_of(ids[1], 1, 3, job=job, file="a.mov"),
    ]
    file = only(gathered(*runs, job=job, items=(item,)))
    assert file.state is FileState.FAILED
    assert [task.preset for task in file.tasks] == ["h264", "mp3"]
    assert file.reason == "h264: the output doesn't decode without an error"


def test_what_runs_waits_or_never_ran_is_told_as_such() -> None:
    going = job_of(ended=None)
    known = gathered(
        run_of("runs", 490, None, job=going), run_of("waits", None, None, job=going), job=going
    )
    missing = item_of("isnt-added")
    files = reported_files(replace(known, items=(*known.items, missing)))
    assert {each.file: each.state.value for each in files} == {
        "runs.mov": "running",
        "waits.mov": "waiting",
        "isnt-added.mov": "waiting",
    }
    assert next(each for each in files if each.file == "runs.mov").tasks[0].seconds == 10.0
    over = gathered(run_of("a", None, None), items=(item_of("a"), missing))
    assert {each.state.value for each in reported_files(over)} == {"never ran"}


def test_what_earlier_jobs_made_is_done_before() -> None:
    item = Item("a.mov", 5, "set/a.mov", (Output("a.mp3", "early/media/a.mp3"),), done=(0,))
    file = only(gathered(items=(item,), blobs={"early/media/a.mp3": blob("early/media/a.mp3", 7)}))
    assert (file.state, file.bytes_out) == (FileState.DONE_BEFORE, 7)
    assert not file.has_failed


def test_a_folder_is_as_large_as_its_files_and_there_once_its_manifest_is() -> None:
    item = item_of("a", folder=True)
    inside = {
        name: blob(name, 10)
        for name in ("job/media/a.mp3/1.ts", "job/media/a.mp3/x/2.ts", "job/media/a.mp3.manifest")
    }
    known = gathered(run_of("a", 1, 2), items=(item,), blobs=inside)
    assert only(known).bytes_out == 20
    del inside["job/media/a.mp3.manifest"]
    assert only(replace(known, blobs=inside)).bytes_out is None


def test_what_its_node_said_and_what_it_lacks_is_with_a_file() -> None:
    item = replace(item_of("a"), lacks=("1 cover left out",))
    told = {"a.mov": Told("a.mov", ("2.0 of 4.0 s",), is_salvaged=True)}
    file = only(gathered(run_of("a", 1, 2), items=(item,), told=told))
    assert (file.told, file.is_salvaged) == (("2.0 of 4.0 s",), True)
    assert file.lacks == ("1 cover left out",)
