from __future__ import annotations

from decimal import Decimal

from batchff.model.items import Cut, Item, ItemTask, Output
from batchff.model.jobs import TaskWork
from batchff.pipeline.names import joined_names, task_id
from batchff.pipeline.watch.work import planned_work


def test_each_task_counts_for_what_it_reads_of_its_source() -> None:
    outputs = (Output("a.mp3", "a"), Output("b.mp3", "b"))
    cut = Cut(Decimal(10), Decimal("12.5"))
    whole = ItemTask("whole", makes=(0,))
    part = ItemTask("part", makes=(1,), cut=cut)
    rest = ItemTask("rest", cut=Cut(Decimal(20)))
    film = Item("a.mov", 500, "set/a.mov", outputs, (whole, part, rest), seconds=60.0)
    unknown = Item("b.mov", 7, "set/b.mov", outputs, (ItemTask("b", makes=(0, 1)),))
    bad = Item("c.mov", 9, "set/c.mov", not_encoded="it's empty")

    event = planned_work("job", "videos-0e64655c", "mp3", [film, unknown, bad])

    assert event.tasks == {
        "whole": TaskWork("a.mov", 60.0, 500),
        "part": TaskWork("a.mov", 2.5, 500),
        "rest": TaskWork("a.mov", 40.0, 500),
        "b": TaskWork("b.mov", None, 7),
    }
    assert (event.source, event.files, event.bytes, event.outputs) == ("videos", 2, 507, 4)


def test_tasks_of_several_presets_say_which() -> None:
    outputs = (Output("a.mp3", "a"), Output("a.mp4", "b"))
    tasks = tuple(
        ItemTask(task_id("a.mov", recipe), makes=(number,), recipe=number)
        for number, recipe in enumerate(("mp3", "h264"))
    )
    film = Item("a.mov", 500, "set/a.mov", outputs, tasks, seconds=60.0)
    several = planned_work("job", "videos", joined_names(("mp3", "h264")), [film])
    assert [work.preset for work in several.tasks.values()] == ["mp3", "h264"]
