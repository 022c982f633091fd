from __future__ import annotations

from dataclasses import replace

from batchff.model.items import Item, ItemTask, Output
from batchff.model.recipes import Recipe, Run
from batchff.pipeline.job.record import Record, RecordedNode
from batchff.pipeline.report.gather import Gathered
from batchff.pipeline.report.history import job_history
from tests.pipeline.gathered import at, blob, gathered, item_of, job_of, run_of


def price(vm_size: str, dedicated: float, spot: float) -> float | None:
    return dedicated + spot


def known() -> Gathered:
    bad = Item("x.mov", 3, "", not_encoded="it's a text")
    before = replace(item_of("old"), tasks=(), done=(0,))
    runs = run_of("a", 10, 20), run_of("b", 12, 30, code=12, earlier=1)
    record = Record("batchff submit .", nodes=(RecordedNode("n_d", False, at(0), at(10)),))
    record = replace(record, nodes_at=at(90))
    some = gathered(*runs, lengths={"a.mov": 60.0, "b.mov": 9.0}, record=record)
    return replace(some, items=(*some.items, bad, before))


def test_the_figures_are_sums_of_files_that_make_up_the_whole() -> None:
    figures = job_history(known(), price, "EUR").figures
    assert (figures.files, figures.encoded, figures.failed) == (4, 1, 2)
    assert (figures.done_before, figures.unfinished) == (1, 0)
    assert (figures.tasks, figures.outputs, figures.earlier_attempts) == (2, 1, 1)
    assert (figures.bytes_in, figures.bytes_out) == (100, 50)
    assert (figures.seconds, figures.media_seconds, figures.speed) == (100.0, 60.0, 3.0)
    assert figures.node_seconds == 90.0
    assert (figures.cost, figures.currency) == (0.025, "EUR")


def test_all_that_was_made_counts_in_sizes_and_media() -> None:
    both = replace(
        item_of("both"),
        outputs=(Output("b.mp4", "job/media/b.mp4"), Output("b.mp3", "job/media/b.mp3")),
        tasks=(ItemTask("v", (0,)), ItemTask("s", (1,))),
    )
    partly = replace(item_of("partly"), not_encoded="speech: no audio in it")
    half = replace(both, relative="half.mov", tasks=(ItemTask("hv", (0,)), ItemTask("hs", (1,))))
    none = item_of("none")
    runs = (
        run_of("v", 10, 20, file="both.mov"),
        run_of("s", 10, 20, file="both.mov"),
        run_of("partly", 20, 30),
        run_of("hv", 30, 40, file="half.mov"),
        run_of("hs", 30, 40, code=12, file="half.mov"),
        run_of("none", 40, 50, code=12),
    )
    half = replace(
        half, outputs=(Output("h.mp4", "job/media/h.mp4"), Output("h.mp3", "job/media/h.mp3"))
    )
    sizes = {"b.mp4": 70, "b.mp3": 7, "partly.mp3": 50, "h.mp4": 60}
    some = replace(
        gathered(*runs),
        items=(both, partly, half, none),
        blobs={f"job/media/{name}": blob(f"job/media/{name}", n) for name, n in sizes.items()},
        lengths={"both.mov": 40.0, "partly.mov": 20.0, "half.mov": 20.0, "none.mov": 9.0},
    )
    figures = job_history(some, price).figures
    assert (figures.files, figures.encoded, figures.failed, figures.partly) == (4, 1, 3, 1)
    assert (figures.bytes_in, figures.bytes_out, figures.outputs) == (300, 187, 4)
    assert (figures.media_seconds, figures.speed) == (120.0, 3.0)


def test_it_says_how_the_job_was_made() -> None:
    runs = (Run(("-i", "{input}", "-crf", "20", "a.mp3")),)
    recipes = (Recipe("mp3", (), ()), Recipe("mp3", runs, ()), Recipe("aac", (), ()))
    items = tuple(replace(item_of(n), tasks=(ItemTask(n, (0,), recipe=1),)) for n in ("a", "b"))
    how = job_history(replace(known(), recipes=recipes, items=items), price).how
    assert how.command == "batchff submit ."
    assert [(each.preset, each.lines, each.variants) for each in how.arguments] == [
        ("mp3", ("ffmpeg -i INPUT -crf 20 a.mp3",), 2),
        ("aac", (), 1),
    ]
    assert (how.vm_size, how.slots, how.pool, how.pool_exists) == ("big", 2, "pool", False)
    assert (how.batchff, how.tries) == ("0.1.0", 2)
    assert how.outputs_at == "az://out/job/media"
    assert how.logs_at == "az://out/job/logs"


def test_a_job_and_its_retry_are_one() -> None:
    facts = job_of().batchff
    assert facts is not None
    retry = job_of("job-retry", ended=200, facts=replace(facts, first_job="job"))
    history = job_history(replace(known(), family=(job_of(), retry)), price)
    assert (history.job, history.retries, history.ended) == ("job", ("job-retry",), at(200))
    assert history.is_over and history.why_ended == "all its tasks have ended"
    going = job_of("job-retry", ended=None, facts=replace(facts, first_job="job"))
    history = job_history(replace(known(), family=(job_of(), going)), price)
    assert (history.is_over, history.ended, history.why_ended) == (False, None, "")
    assert history.figures.seconds == 500.0


def test_what_ran_in_each_job_counts_and_the_time_between_them_doesnt() -> None:
    first = job_of()
    facts = first.batchff
    assert facts is not None
    retry = job_of("job-retry", ended=1100, facts=replace(facts, first_job="job"))
    retry = replace(retry, created=at(1000))
    runs = (
        run_of("a", 10, 20, job=first),
        run_of("b", 10, 30, code=12, earlier=1, job=first),
        run_of("b", 1010, 1030, earlier=2, node="later_d", job=retry),
    )
    some = replace(gathered(*runs, lengths={"a.mov": 60.0, "b.mov": 20.0}), family=(first, retry))
    history = job_history(some, price)
    assert {each.file: each.state.value for each in history.files} == {
        "a.mov": "encoded",
        "b.mov": "encoded",
    }
    assert history.files[1].tasks[0].attempts == 5
    figures = history.figures
    assert (figures.seconds, figures.speed) == (200.0, 2.0)
    assert (figures.node_seconds, figures.earlier_attempts) == (40.0, 3)
    assert [(each.stage.value, each.job, each.count, each.seconds) for each in history.stages] == [
        ("encode", "job", 2, 20.0),
        ("encode", "job-retry", 1, 20.0),
    ]
    assert history.saved_seconds == 0.0
    assert [node.tasks for node in history.nodes] == [2, 1]


def test_it_says_what_isnt_known() -> None:
    some = replace(known(), record=Record(), missing=("the plan is gone",), lengths={})
    assert job_history(some, price).notes == (
        "the plan is gone",
        "when 1 node booted isn't known, or was before this job",
        "when outputs were downloaded isn't known: only a submit notes it",
        "how long 2 files are isn't known",
        "1 earlier attempt took time that the service doesn't keep",
    )


def test_the_time_of_a_preempted_node_that_isnt_known_is_said_and_not_counted() -> None:
    record = Record(nodes=(RecordedNode("x_p", True, at(0), at(5), at(40)),), nodes_at=at(90))
    history = job_history(gathered(run_of("a", 5, 30, node="x_p"), record=record), price)
    assert history.figures.node_seconds == 30.0
    assert (
        "what 1 node did for 10 seconds isn't known, before a preemption or a return: that isn't "
        "in the node time"
    ) in history.notes


def test_without_a_price_for_each_node_there_is_no_sum() -> None:
    runs = run_of("a", 1, 2), run_of("b", 1, 2, node="m_p")
    history = job_history(gathered(*runs), lambda size, dedicated, spot: dedicated or None)
    assert {node.node: node.cost is None for node in history.nodes} == {"n_d": False, "m_p": True}
    assert history.figures.cost is None


def test_where_earlier_jobs_made_all_there_is_no_job() -> None:
    items = (replace(item_of("old"), tasks=(), done=(0,)),)
    history = job_history(Gathered(at(0), items=items, container="out"), price)
    assert (history.job, history.figures.done_before, history.is_over) == ("", 1, True)
    assert (history.nodes, history.stages) == ((), ())
