"""What events of tasks make of the screen's state; a task that is lost starts from nothing."""

from __future__ import annotations

from dataclasses import replace

from batchff.console.screen.outputs import without_outputs_of
from batchff.console.screen.pace import fraction_of
from batchff.console.screen.state import AWAY, Running, ScreenState
from batchff.events import Event
from batchff.events.jobs import TaskEnded, TaskProgressed, TaskRequeued, TaskStarted
from batchff.events.pools import NodeChanged, NodeLeft
from batchff.wording import counted

_LATEST = 50
_SECONDS_A_WARNING_STAYS = 20.0


def of_task(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    """Return the state after an event of a task; None for other events."""
    match event:
        case TaskStarted():
            return _with_start(state, event, now)
        case TaskProgressed():
            return _with_progress(state, event, now)
        case TaskRequeued(task):
            return _with_lost(state, (task,), "")
        case TaskEnded():
            return _with_end(state, event)
        case _:
            return None


def lose_tasks(event: Event, state: ScreenState, now: float) -> ScreenState:
    """Return the state without the tasks of a node that an event of the pool says is lost."""
    match event:
        case NodeChanged(node=node, state=node_state) if node_state in AWAY:
            why = "was preempted"
        case NodeLeft(node=node):
            why = "is gone"
        case _:
            return state
    tasks = tuple(name for name, task in state.running.items() if task.node == node)
    files = len({state.running[task].file for task in tasks})
    state = _with_lost(state, tasks, node)
    is_warned = state.note_is_warning and now - state.noted < _SECONDS_A_WARNING_STAYS
    if not files or is_warned:
        return state
    verb, whose = ("start", "their") if files > 1 else ("starts", "its")
    return state.with_note(f"{counted(files, 'file')} {verb} again: {whose} node {why}", now)


def _with_lost(state: ScreenState, tasks: tuple[str, ...], node: str) -> ScreenState:
    if not tasks:
        return state
    running = {name: task for name, task in state.running.items() if name not in tasks}
    lost = {**state.lost, **dict.fromkeys(tasks, node)}
    # What was done of them is undone: the pace of late says nothing.
    pace = replace(state.pace, samples=())
    return replace(state, running=running, lost=lost, pace=pace)


def _with_start(state: ScreenState, event: TaskStarted, now: float) -> ScreenState:
    before = state.running.get(event.task)
    attempt = (event.node, event.started)
    if before is not None and event.started and (before.node, before.started) == attempt:
        return state
    work = state.work.tasks.get(event.task)
    new = Running(
        event.task,
        event.file,
        event.node,
        state.when(event.started, now),
        work.seconds if work else None,
        at=now,
        started=event.started,
        is_again=before is not None or event.task in state.lost,
    )
    lost = {task: node for task, node in state.lost.items() if task != event.task}
    return replace(state, running={**state.running, event.task: new}, lost=lost)


def _with_progress(state: ScreenState, event: TaskProgressed, now: float) -> ScreenState:
    before = state.running.get(event.task)
    if event.task in state.lost and state.lost[event.task] in ("", event.node):
        return state  # of the attempt that is lost; the next one says that it starts
    if before is not None and event.node and before.node and event.node != before.node:
        state = _with_lost(state, (event.task,), before.node)
        before = None
    if before is None:
        # Its end was seen already, or it's of a job that is shown from its middle.
        work = state.work.tasks.get(event.task)
        seconds = work.seconds if work else None
        is_again = event.task in state.lost
        before = Running(
            event.task, event.file, event.node, now, seconds, at=now, is_again=is_again
        )
    # A report may know nothing, or less than was shown meanwhile: a bar never goes back.
    is_known = event.fraction is not None
    after = replace(
        before,
        node=event.node or before.node,
        fraction=event.fraction if is_known else before.fraction,
        shown=fraction_of(before, now) or 0.0,
        speed=event.speed or before.speed,
        fps=event.fps,
        at=now if is_known else before.at,
        is_checking=event.is_checking,
    )
    lost = {task: node for task, node in state.lost.items() if task != event.task}
    return replace(state, running={**state.running, event.task: after}, lost=lost)


def _with_end(state: ScreenState, event: TaskEnded) -> ScreenState:
    work, task = state.work, event.task
    if not event.succeeded:
        work = without_outputs_of(work, task)
    weight = work.weight(task)
    known = work.tasks.get(task)
    speeds, encoded = work.speeds, work.encoded
    # What the first look at a job shows to have ended was encoded before.
    if event.succeeded and (state.is_new_job or state.counts is not None):
        encoded += (known.seconds or 0.0) if known else 0.0
        if event.took and weight:
            speeds = (*speeds[1 - _LATEST :], weight / max(event.took, 0.1))
    return replace(
        state,
        running={name: each for name, each in state.running.items() if name != task},
        lost={name: node for name, node in state.lost.items() if name != task},
        work=replace(
            work,
            ended=work.ended + weight,
            ended_tasks=work.ended_tasks + 1,
            encoded=encoded,
            speeds=speeds,
            longest=tuple(each for each in work.longest if each != task),
        ),
    )
