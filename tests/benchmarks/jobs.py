"""A job of batchff's own, as large as wanted, without files: for what its tasks cost the client."""

from __future__ import annotations

from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator.launch.connection import Connection
from batchff.model.items import Item, count_items
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.plan import InputFile, plan_items
from tests.recipes import preset_recipe


def pool_spec(nodes: int, slots: int = 1) -> PoolSpec:
    return PoolSpec("Standard_D2s_v5", nodes, 0, slots, "canonical:ubuntu-24_04-lts:server")


def services(connection: Connection, batch_endpoint: str = "") -> tuple[Batch, Storage]:
    """Open the two accounts as a command does."""
    credential = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    return (
        Batch(batch_endpoint or connection.batch_endpoint, credential),
        connect_storage(connection.storage_connection_string),
    )


def planned(job: str, pool: str, files: int) -> tuple[JobPlan, tuple[Item, ...]]:
    """Plan a job of so many files that nobody has."""
    recipes = (preset_recipe("mp3"),)
    names = (f"folder-{number // 1000:03}/clip-{number:06}.mp4" for number in range(files))
    items = plan_items(
        (InputFile(name, 1) for name in names), input_set="set", job=job, recipes=recipes
    )
    counts = count_items(items)
    plan = JobPlan(job, pool, "set", "batchff-input", "batchff-output", recipes, counts, "none")
    return plan, items
