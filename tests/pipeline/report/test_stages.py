from __future__ import annotations

from dataclasses import replace

from batchff.model.report import Part, Phase, Stage
from batchff.pipeline.job.record import Download, Record, RecordedNode
from batchff.pipeline.report.nodes import reported_nodes
from batchff.pipeline.report.stages import covered_seconds, reported_stages, saved_seconds
from tests.pipeline.gathered import at, blob, gathered, job_of, run_of


def price(vm_size: str, dedicated: float, spot: float) -> float | None:
    return None


def test_the_stages_are_told_by_times_of_blobs_nodes_tasks_and_notes() -> None:
    record = Record(
        downloaded=Download(at(25), at(45), 2, 90),
        nodes=(RecordedNode("n_d", False, at(-5), at(8)),),
        nodes_at=at(60),
    )
    inputs = {
        "set/a.mov": blob("set/a.mov", 100, 15),
        "set/b.mov": blob("set/b.mov", 100, -50),
        "set/other.mov": blob("set/other.mov", 100, 90),
    }
    known = gathered(run_of("a", 10, 30), run_of("b", 12, 40), record=record, inputs=inputs)
    stages = reported_stages(known, reported_nodes(known, price))
    assert [
        (
            each.stage,
            (each.started - at(0)).total_seconds(),
            (each.ended - at(0)).total_seconds(),
            each.count,
            each.bytes,
        )
        for each in stages
    ] == [
        (Stage.UPLOAD, 0, 15, 1, 100),
        (Stage.BOOT, -5, 8, 1, None),
        (Stage.ENCODE, 10, 40, 2, 100),
        (Stage.DOWNLOAD, 25, 45, 2, 90),
    ]
    # 15 + 13 + 30 + 20 seconds, from -5 to 45.
    assert saved_seconds(stages) == 28.0


def test_nodes_boot_for_the_job_that_followed() -> None:
    record = Record(
        nodes=(
            RecordedNode("n_d", False, at(-5), at(8)),
            RecordedNode("late", False, at(990), at(1005)),
        ),
        nodes_at=at(1100),
    )
    retry = replace(job_of("job-retry"), created=at(1000))
    known = gathered(run_of("a", 10, 30), record=record)
    known = replace(known, family=(job_of(), retry))
    stages = reported_stages(known, reported_nodes(known, price))
    assert [(each.stage, each.job, each.seconds) for each in stages] == [
        (Stage.BOOT, "job", 13.0),
        (Stage.ENCODE, "job", 20.0),
        (Stage.BOOT, "job-retry", 15.0),
    ]


def test_what_nobody_knows_is_no_stage() -> None:
    known = gathered(run_of("a", None, None))
    assert reported_stages(known, ()) == ()
    assert saved_seconds(()) == 0.0


def test_stages_with_a_pause_between_them_save_nothing() -> None:
    record = Record(downloaded=Download(at(200), at(210), 1, 1))
    known = gathered(run_of("a", 10, 20), record=record)
    assert saved_seconds(reported_stages(known, ())) == 0.0
    assert [each.phase for each in reported_nodes(known, price)[0].spans] == [Phase.ENCODE]


def test_the_boots_of_a_node_that_came_back_are_told_without_the_time_between() -> None:
    record = Record(
        nodes=(
            RecordedNode("n_d", False, at(0), at(3)),
            RecordedNode("m_p", True, at(2), at(4)),
            RecordedNode("x_p", True, at(16), at(19)),
        ),
        nodes_at=at(40),
    )
    known = gathered(run_of("a", 4, 40), run_of("b", 4, 9, node="x_p"), record=record)
    boot, encode = reported_stages(known, reported_nodes(known, price))
    assert (boot.started, boot.ended, boot.count, boot.seconds) == (at(0), at(19), 3, 7.0)
    assert boot.parts == (Part(at(0), at(4)), Part(at(16), at(19)))
    assert (encode.seconds, encode.parts) == (36.0, ())
    assert saved_seconds((boot, encode)) == 3.0, "43 seconds, from 0 to 40"


def test_times_that_overlap_count_once() -> None:
    assert covered_seconds([(at(5), at(9)), (at(0), at(4)), (at(3), at(4)), (at(8), at(12))]) == 11
    assert covered_seconds([]) == 0
