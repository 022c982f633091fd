from __future__ import annotations

from array import array
from datetime import UTC, datetime
from pathlib import Path

from batchff.cli.cleanup.found import found_data, found_text
from batchff.model.jobs import JobStatus
from batchff.model.pools import PoolStatus
from batchff.pipeline.cleanup.blobs import BlobSet
from batchff.pipeline.cleanup.scope import Found
from batchff.profile import Profile, prices_of, resolve_profile
from batchff.results.cleanup import FoundPool

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def profile(tmp_path: Path, price: str = "") -> Profile:
    file = tmp_path / "profiles.toml"
    file.write_text(f"[profiles.studio]\n[profiles.studio.prices]\ncurrency = 'USD'\n{price}\n")
    return resolve_profile("studio", {}, environ={}, file=file)


def pool(*, nodes: int, state: str = "active", target: int | None = None) -> PoolStatus:
    return PoolStatus(
        id="p",
        state=state,
        allocation_state="steady",
        vm_size="Standard_D4s_v5",
        current_nodes=nodes,
        target_nodes=nodes if target is None else target,
        autoscaled=True,
        resize_errors=(),
        metadata={},
    )


def job(state: str) -> JobStatus:
    return JobStatus(f"j-{state}", state, "p", {}, NOON)


BLOBS = BlobSet("in", "set/", 2048, 0, array("q", [1, 2]))


def test_each_thing_is_a_line_and_the_costs_a_total(tmp_path: Path) -> None:
    studio = profile(tmp_path, "Standard_D4s_v5 = 0.25")
    leftovers = Found((job("active"), job("completed")), (pool(nodes=2),), (BLOBS,))

    found = found_data(leftovers, prices_of(studio))

    assert (found.nodes, found.blobs, found.bytes, found.hourly) == (2, 2, 2048, 0.5)
    assert (found.missing_prices, found.removed) == ((), False)
    assert found_text(found, studio).splitlines() == [
        "pool       p  (2 nodes, Standard_D4s_v5, 0.50 USD an hour)",
        "job        j-active  (still active)",
        "job        j-completed",
        "blobs      in/set/  (2 blobs, 2.0 KiB)",
        "total      2 nodes: 0.50 USD an hour; 2 blobs, 2.0 KiB",
    ]


def test_without_a_price_the_cost_isnt_known(tmp_path: Path) -> None:
    studio = profile(tmp_path)
    found = found_data(Found(pools=(pool(nodes=1, target=3),)), prices_of(studio))

    (row,) = found.found
    assert isinstance(row, FoundPool) and row.hourly is None
    assert found.hourly is None
    assert found_text(found, studio).splitlines() == [
        "pool       p  (1 node on the way to 3, Standard_D4s_v5)",
        "total      1 node, which cost by the hour",
        "prices     not known; add them with: "
        "batchff profile set studio prices.Standard_D4s_v5=PRICE",
    ]


def test_a_pool_without_nodes_costs_nothing(tmp_path: Path) -> None:
    studio = profile(tmp_path, "Standard_D4s_v5 = 0.25")
    going = Found(pools=(pool(nodes=0, state="deleting"),))
    assert found_text(found_data(going, prices_of(studio)), studio).splitlines() == [
        "pool       p  (0 nodes, already being deleted, costs nothing now)",
        "total      no nodes, so nothing costs by the hour",
    ]


def test_of_nothing_there_is_nothing_to_remove(tmp_path: Path) -> None:
    studio = profile(tmp_path)
    assert found_text(found_data(Found(), prices_of(studio)), studio) == "nothing to remove"
