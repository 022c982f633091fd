from __future__ import annotations

from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import NodeStatus, PoolStatus
from batchff.model.report import ReportedNode
from batchff.pipeline.job.record import Record, RecordedNode
from batchff.pipeline.report.gather import Gathered
from batchff.pipeline.report.nodes import reported_nodes
from tests.pipeline.gathered import at, gathered, job_of, run_of


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


def preempted(record: Record) -> ReportedNode:
    runs = run_of("a", 10, 20, node="x_p"), run_of("b", 22, 30, node="x_p")
    (node,) = reported_nodes(gathered(*runs, record=record), price)
    return node


def test_a_node_that_was_preempted_is_not_idle_after_its_last_task() -> None:
    node = preempted(recorded(RecordedNode("x_p", True, at(0), at(5), at(40)), until=90))
    assert spans(node) == [
        ("boot", 0, 5),
        ("idle", 5, 10),
        ("encode", 10, 20),
        ("idle", 20, 22),
        ("encode", 22, 30),
        ("unknown", 30, 40),
        ("preempted", 40, 90),
    ]
    assert (node.boot_seconds, node.encode_seconds, node.idle_seconds) == (5.0, 18.0, 7.0)
    assert (node.unknown_seconds, node.preempted, node.until) == (10.0, at(40), at(90))
    assert node.cost == 3.0, "boot, tasks and what was between them"


def test_a_node_that_came_back_booted_again_and_was_away_before_that() -> None:
    node = preempted(recorded(RecordedNode("x_p", True, at(50), at(58)), until=60))
    assert spans(node) == [
        ("encode", 10, 20),
        ("idle", 20, 22),
        ("encode", 22, 30),
        ("unknown", 30, 50),
        ("boot", 50, 58),
        ("idle", 58, 60),
    ]
    assert (node.boot_seconds, node.idle_seconds, node.unknown_seconds) == (8.0, 4.0, 20.0)
    assert (node.preempted, node.cost) == (None, 3.0)


def test_when_it_began_to_boot_again_isnt_known_where_only_its_end_is() -> None:
    record = recorded(RecordedNode("n_d", False, at(0), at(40)), until=60)
    runs = run_of("a", 10, 20), run_of("b", 45, 50)
    (node,) = reported_nodes(gathered(*runs, record=record), price)
    assert spans(node) == [
        ("encode", 10, 20),
        ("unknown", 20, 40),
        ("idle", 40, 45),
        ("encode", 45, 50),
        ("idle", 50, 60),
    ]
    assert (node.boot_seconds, node.idle_seconds) == (None, 15.0)


def test_a_node_that_boots_again_has_no_ready_time_yet() -> None:
    record = recorded(RecordedNode("n_d", False, at(50), at(9)), until=60)
    (node,) = reported_nodes(gathered(run_of("a", 10, 20), record=record), price)
    assert spans(node) == [("encode", 10, 20), ("unknown", 20, 50), ("boot", 50, 60)]


def test_a_live_node_that_is_preempted_is_shown_so_up_to_now() -> None:
    status = NodeStatus(
        *("x_p", "preempted"), spot=True, since=at(30), allocated=at(0), ready=at(8)
    )
    run = run_of("a", 8, 20, node="x_p", job=job_of(ended=None))
    known = gathered(run, job=job_of(ended=None), nodes={"x_p": status}, pools={"pool": pool("")})
    (node,) = reported_nodes(known, price)
    assert spans(node)[-2:] == [("unknown", 20, 30), ("preempted", 30, 500)]
    assert (node.preempted, node.idle_seconds, node.until) == (at(30), 0.0, at(500))
