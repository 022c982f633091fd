from __future__ import annotations

from dataclasses import replace

from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import NodeStatus, PoolStatus
from batchff.model.report import Phase, ReportedNode, Stage
from batchff.pipeline.job.record import Download, Record, RecordedNode
from batchff.pipeline.report.gather import Gathered
from batchff.pipeline.report.nodes import reported_nodes, reported_stages, saved_seconds
from tests.pipeline.gathered import at, blob, gathered, job_of, run_of


def price(vm_size: str, dedicated: float, spot: float) -> float | None:
    assert vm_size == "big"
    return 3600 * (dedicated + spot / 10)


def spans(node: ReportedNode) -> list[tuple[str, float, float]]:
    return [
        (s.phase.value, (s.started - at(0)).total_seconds(), (s.ended - at(0)).total_seconds())
        for s in node.spans
    ]


def recorded(*nodes: RecordedNode, until: float = 100) -> Record:
    return Record(nodes=nodes, nodes_at=at(until))


def test_a_node_that_was_noted_has_its_boot_its_pauses_and_its_cost() -> None:
    record = recorded(RecordedNode("n_d", False, at(-30), at(5)))
    (node,) = reported_nodes(
        gathered(run_of("a", 10, 20), run_of("b", 40, 50, code=12), record=record), price
    )
    assert spans(node) == [
        ("boot", -30, 5),
        ("idle", 5, 10),
        ("encode", 10, 20),
        ("idle", 20, 40),
        ("encode", 40, 50),
        ("idle", 50, 100),
    ]
    assert (node.boot_seconds, node.encode_seconds, node.idle_seconds) == (35.0, 20.0, 75.0)
    assert (node.tasks, node.failed, node.cost) == (2, 1, 130.0)


def test_of_a_node_that_is_gone_only_its_tasks_are_known() -> None:
    (node,) = reported_nodes(
        gathered(run_of("a", 10, 20, node="x_p"), run_of("b", 18, 30, node="x_p")), price
    )
    assert spans(node) == [("encode", 10, 30)]
    assert (node.boot_seconds, node.allocated, node.spot) == (None, None, True)
    assert node.cost == 2.0
    assert node.spans[0].tasks == 2


def test_the_moment_between_two_tasks_is_no_pause() -> None:
    (node,) = reported_nodes(gathered(run_of("a", 10, 20), run_of("b", 20.9, 30)), price)
    assert spans(node) == [("encode", 10, 30)]


def test_tasks_at_a_time_count_once() -> None:
    (node,) = reported_nodes(gathered(run_of("a", 0, 30), run_of("b", 5, 10)), price)
    assert node.encode_seconds == 30.0


def test_a_node_that_only_booted_is_there_too_and_what_has_no_price_has_no_cost() -> None:
    record = recorded(RecordedNode("lazy", False, at(0), at(60)))
    (node,) = reported_nodes(gathered(record=record), lambda *_: None)
    assert spans(node) == [("boot", 0, 60), ("idle", 60, 100)]
    assert (node.tasks, node.cost) == (0, None)


def pool(job: str) -> PoolStatus:
    return PoolStatus(
        *("pool", "active", "steady", "big", 1, 1, True, (), {}), batchff=PoolFacts(None, job)
    )


def live(ready: float, *, job: str = "", ended: float | None = None) -> Gathered:
    status = NodeStatus("n_d", "idle", allocated=at(ready - 60), ready=at(ready))
    known = job_of(ended=ended)
    end = ended or None
    run = run_of("a", 100, end and 200, job=known)
    return gathered(run, job=known, nodes={"n_d": status}, pools={"pool": pool(job)})


def test_a_node_that_is_there_counts_up_to_now_while_the_job_goes_on() -> None:
    (node,) = reported_nodes(live(90), price)
    assert spans(node) == [("boot", 30, 90), ("idle", 90, 100), ("encode", 100, 500)]


def test_once_the_job_has_ended_it_counts_up_to_its_last_task() -> None:
    (node,) = reported_nodes(live(90, ended=200), price)
    assert spans(node)[-1] == ("encode", 100, 200)


def test_a_node_that_was_ready_for_others_before_did_not_boot_for_this_job() -> None:
    (node,) = reported_nodes(live(-1000), price)
    assert spans(node) == [("encode", 100, 500)]
    assert node.boot_seconds is None
    (own,) = reported_nodes(live(-1, job="job"), price)
    assert spans(own)[0] == ("boot", -61, -1), "the pool was made for this job"


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
