from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from azure.batch import BatchClient

from tests.emulator.examples import code_of, job, task, values_of
from tests.emulator.running import Connection


@pytest.fixture
def tasks(client: BatchClient, idle_job: str) -> str:
    """A job with 25 active tasks, t00 to t24, in this order."""
    for start in range(0, 25, 5):
        batch = [task(f"t{start + index:02}") for index in range(5)]
        client.create_tasks(idle_job, batch)
    return idle_job


def test_pages_hold_everything_once(client: BatchClient, tasks: str) -> None:
    pages = list(client.list_tasks(tasks, max_results=10).by_page())
    sizes = [len(list(page)) for page in pages]

    assert sizes == [10, 10, 5]
    ids = [each.id for each in client.list_tasks(tasks, max_results=10)]
    assert sorted(ids) == [f"t{index:02}" for index in range(25)]


def test_the_next_link_is_absolute_and_keeps_the_question(service: Connection, tasks: str) -> None:
    path = f"/jobs/{tasks}/tasks?maxresults=2&$select=id,state&$filter=state%20eq%20'active'"

    body = service.send("GET", path).json()

    link = urlsplit(body["odata.nextLink"])
    assert f"{link.scheme}://{link.netloc}" == service.batch_endpoint
    following = service.send("GET", f"{link.path}?{link.query}", version=None).json()
    assert len(following["value"]) == 2
    assert set(following["value"][0]) == {"id", "state"}
    assert not {item["id"] for item in body["value"]} & {item["id"] for item in following["value"]}


def test_rows_that_come_and_go_meanwhile_neither_repeat_nor_hide_others(
    client: BatchClient, tasks: str
) -> None:
    pages = client.list_tasks(tasks, max_results=10).by_page()
    seen = [each.id for each in next(pages)]
    client.delete_task(tasks, seen[0])
    client.delete_task(tasks, seen[9])
    client.create_task(tasks, task("t99"))

    rest = [each.id for page in pages for each in page]

    assert not set(seen) & set(rest)
    assert set(seen) | set(rest) == {f"t{index:02}" for index in range(25)} | {"t99"}


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("state eq 'active'", 25),
        ("state eq 'completed'", 0),
        ("startswith(id, 't0')", 10),
        ("id eq 'T07' or id eq 't08'", 2),
        ("(id ge 't10' and id lt 't20') and not (id eq 't15')", 9),
        ("creationTime ge datetime'2020-01-01T00:00:00Z'", 25),
        ("creationTime lt datetime'2020-01-01T00:00:00Z'", 0),
        ("executionInfo/result eq 'failure'", 0),
        ("executionInfo/exitCode eq null", 25),
    ],
)
def test_filters_on_tasks(client: BatchClient, tasks: str, written: str, count: int) -> None:
    assert len(list(client.list_tasks(tasks, filter=written))) == count


def test_a_filter_holds_over_pages(client: BatchClient, tasks: str) -> None:
    found = client.list_tasks(tasks, filter="startswith(id, 't1')", max_results=3)

    assert sorted(each.id for each in found) == [f"t1{digit}" for digit in range(10)]


@pytest.mark.parametrize("written", ["state eq 'deleted'", "color eq 'red'", "id eq 3", "id eq"])
def test_a_bad_filter_is_an_error(service: Connection, idle_job: str, written: str) -> None:
    response = service.send("GET", f"/jobs/{idle_job}/tasks?$filter={quote(written)}")

    assert (response.status, code_of(response)) == (400, "InvalidQueryParameterValue")
    assert values_of(response)["QueryParameterName"] == "$filter"


def test_select_takes_spaces_and_nothing_unknown(service: Connection, tasks: str) -> None:
    path = f"/jobs/{tasks}/tasks?maxresults=1&$select="

    chosen = service.send("GET", f"{path}{quote('id, executionInfo/result')}")
    unknown = service.send("GET", f"{path}id,colour")

    assert set(chosen.json()["value"][0]) == {"id", "executionInfo"}
    assert (unknown.status, code_of(unknown)) == (400, "InvalidQueryParameterValue")


@pytest.mark.parametrize(
    ("most", "code"),
    [
        ("0", "InvalidQueryParameterValue"),
        ("1001", "InvalidQueryParameterValue"),
        ("ten", "InvalidQueryParameterValue"),
    ],
)
def test_a_page_has_1_to_1000_rows(service: Connection, most: str, code: str) -> None:
    response = service.send("GET", f"/pools?maxresults={most}")

    assert (response.status, code_of(response)) == (400, code)


def test_a_token_of_ones_own_is_refused(service: Connection) -> None:
    assert service.send("GET", "/pools?$skiptoken=abc").status == 400


def test_jobs_and_pools_are_listed_and_filtered_too(
    client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(job(name, empty_pool, priority=7))

    jobs = client.list_jobs(filter=f"id eq '{name}' and state eq 'active'", select=["id"])
    of_pool = client.list_jobs(filter=f"executionInfo/poolId eq '{empty_pool}'")
    pools = client.list_pools(filter=f"id eq '{empty_pool}'")

    assert [each.id for each in jobs] == [name]
    assert name in [each.id for each in of_pool]
    assert [each.id for each in pools] == [empty_pool]
