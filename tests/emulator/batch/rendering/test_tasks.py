from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.batch.protocol.entities import TASK
from batchff.emulator.batch.protocol.odata import parse_filter
from batchff.emulator.batch.rendering.tasks import TaskWriter, render_task
from batchff.emulator.state.model import Job, Task
from batchff.emulator.state.states import JobState, Result, TaskState
from batchff.emulator.state.store.database import Database, Where
from batchff.emulator.state.store.tasks import Tasks
from batchff.emulator.state.times import SECOND

ENDPOINT = "http://127.0.0.1:1"
JOB = Job("j", "J", "pool", {}, JobState.ACTIVE, 1, 1, 1, 0, seq=1)
OF_JOB = Where("job = ?", (JOB.seq,))

TIMES = st.integers(1, 4_000_000_000 * SECOND)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


@st.composite
def _tasks(draw: st.DrawFn) -> Task:
    task_id = draw(IDS)
    document = {
        "id": task_id,
        "commandLine": draw(TEXTS),
        "environmentSettings": draw(st.lists(st.fixed_dictionaries({"name": TEXTS}), max_size=2)),
    }
    failure = st.fixed_dictionaries({"code": TEXTS, "message": TEXTS})
    return Task(
        job=JOB.seq,
        key=task_id.lower(),
        id=task_id,
        document=document,
        state=draw(st.sampled_from(TaskState)),
        state_time=draw(TIMES),
        created=draw(TIMES),
        modified=draw(TIMES),
        required_slots=1,
        previous_state=draw(st.none() | st.sampled_from(TaskState)),
        previous_state_time=draw(TIMES),
        pool=draw(st.none() | IDS),
        node=draw(st.none() | IDS),
        started=draw(st.none() | TIMES),
        ended=draw(st.none() | TIMES),
        exit_code=draw(st.none() | st.integers(-1, 255)),
        result=draw(st.none() | st.sampled_from(Result)),
        failure=draw(st.none() | failure),
        retries=draw(st.integers(0, 3)),
        last_retry=draw(st.none() | TIMES),
        last_requeue=draw(st.none() | TIMES),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = Database(tmp_path_factory.mktemp("store") / "batch.db")
    yield found
    found.close()


@given(task=_tasks(), wanted=st.frozensets(st.sampled_from(sorted(TASK.properties))))
def test_a_task_is_listed_as_it_is_got_and_selected_from(
    database: Database, task: Task, wanted: frozenset[str]
) -> None:
    whole = render_task(task, JOB, ENDPOINT)
    writer = TaskWriter(JOB, ENDPOINT)
    selective = TaskWriter(JOB, ENDPOINT, wanted)
    tasks = Tasks(database)
    tasks.remove_some(JOB, 1)
    tasks.add(task)

    [listed] = tasks.listed(OF_JOB, None, 2)
    [selected] = tasks.listed(OF_JOB, None, 2, documents=selective.needs_documents)

    assert json.loads(writer(listed)) == whole
    assert whole.items() >= task.document.items()
    assert json.loads(selective(selected)) == {
        name: value for name, value in whole.items() if name in wanted
    }


@pytest.mark.parametrize(
    "written",
    [
        "state eq 'completed'",
        "stateTransitionTime ge datetime'2026-01-01'",
        "state eq 'running' and stateTransitionTime ge datetime'2026-01-01'",
        "state eq 'preparing' or state eq 'running'",
        "not (stateTransitionTime lt datetime'2026-01-01')",
    ],
)
def test_what_a_watch_asks_for_is_found_by_an_index_alone(database: Database, written: str) -> None:
    asked: list[str] = []
    database.connection.set_trace_callback(asked.append)
    Tasks(database).listed(OF_JOB.also(parse_filter(written, TASK.filters).sql()), None, 1000)
    database.connection.set_trace_callback(None)

    plan = [row[3] for row in database.connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]

    page, _, search = (step for step in plan if not step.startswith("USE TEMP B-TREE"))
    assert page.startswith("SEARCH tasks USING INTEGER PRIMARY KEY")
    assert search.startswith("SEARCH tasks USING COVERING INDEX")
