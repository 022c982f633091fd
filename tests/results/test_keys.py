"""The keys of `--json` are a contract: none is renamed, moved or removed unnoticed.

A new one is added here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_type_hints

import batchff.results
from batchff.results import INLINE, Result

KEYS = {
    "cleanup.Cleanup": "found nodes blobs bytes hourly currency missing_prices removed",
    "cleanup.FoundBlobs": "what name blobs bytes needed",
    "cleanup.FoundContainer": "what name blobs",
    "cleanup.FoundJob": "what name blobs state",
    "cleanup.FoundPool": "what name blobs state vm_size nodes spot_nodes target_nodes hourly",
    "doctor.Doctor": "ok warnings failures",
    "download.Download": "job folder files unchanged bytes kept unfinished",
    "emulator.EmulatorEnv": (
        "AZURE_BATCH_ACCOUNT AZURE_BATCH_ACCESS_KEY AZURE_BATCH_ENDPOINT AZURE_STORAGE_ACCOUNT "
        "AZURE_STORAGE_KEY AZURE_STORAGE_BLOB_ENDPOINT AZURE_STORAGE_CONNECTION_STRING "
        "AZURITE_CONNECTION_STRING"
    ),
    "emulator.EmulatorPreempt": "node return_after unusable_first",
    "emulator.EmulatorReset": "reset",
    "emulator.EmulatorStart": "started batch_endpoint blob_endpoint root simulation",
    "emulator.EmulatorStatus": "running pid batch_endpoint blob_endpoint root simulation"
    " without_effect",
    "emulator.EmulatorStop": "stopped",
    "emulator.EmulatorToken": "token resource expires",
    "init.Init": "profile created default keys",
    "inspect.Becoming": "preset refused choices lacks runs",
    "inspect.Inspect": "files problems left_out estimate",
    "inspect.InspectedFile": "file size reason inspection becomes chunks",
    "job.end.JobDelete": "job deleted",
    "job.end.JobStop": "job stopped",
    "job.list.JobList": "jobs older",
    "help.Help": "topics text",
    "help.HelpTopic": "topic title",
    "job.list.ListedJob": (
        "job state pool made batchff files tasks tasks_to_add preset asked_for not_encoded"
    ),
    "job.retry.JobRetry": "job files reactivated moved jobs",
    "job.show.Cost": "amount currency",
    "job.show.Failure": (
        "task file reason exit_code input_at_fault arguments_at_fault preset node started ended"
    ),
    "job.show.JobShow": (
        "job state batchff pool pool_exists pool_gave_up preset ffmpeg ffmpeg_source made ended "
        "reason priority limits files not_encoded outputs done_before tasks tasks_to_add failures "
        "retries unreachable task_seconds node_seconds earlier_attempts vm_size cost source "
        "outputs_at logs_at arguments measured"
    ),
    "job.show.Limits": "job_seconds task_seconds tries",
    "job.show.Measured": "file quality kept",
    "job.show.NodeSeconds": "dedicated spot",
    "job.show.Unreachable": "task file",
    "job.submit.JobSubmit": "job pool files tasks outputs outputs_at done_before done_by",
    "logs.FailureLogs": "job tasks lines retried",
    "logs.TaskLog": "job task lines",
    "pool.change.PoolDelete": "pool deleted jobs",
    "pool.change.PoolResize": "pool nodes spot",
    "pool.create.PoolCreate": "pool created",
    "pool.list.ListedImage": "image agent verified end_of_life capabilities auto",
    "pool.list.ListedPool": (
        "pool state allocation_state nodes target_nodes spot target_spot vm_size made batchff"
    ),
    "pool.list.PoolImages": "images",
    "pool.list.PoolList": "pools",
    "pool.show.JobOnPool": "job state",
    "pool.show.PoolShow": (
        "pool state allocation_state batchff made vm_size slots image specification nodes "
        "target_nodes spot target_spot autoscaled formula_run resize_errors node_states "
        "node_list jobs"
    ),
    "pool.show.ShownNode": (
        "id state start_task_failure spot running_tasks since errors allocated ready "
        "start_task_output"
    ),
    "preset.Makes": "outputs runs folders",
    "preset.PresetCheck": "file name tried outputs runs folders",
    "preset.PresetList": "presets",
    "preset.PresetParameter": "name kind default help least most choices",
    "preset.PresetPath": "path",
    "preset.PresetShow": "name description plays file parameters outputs runs folders toml",
    "preset.PresetSummary": "name description plays file parameters",
    "profile.ProfileList": "profiles default",
    "profile.ProfilePath": "path",
    "profile.ProfileRemove": "profile",
    "profile.ProfileSet": "profile created default keys",
    "profile.ProfileShow": "profile settings emulator",
    "profile.ProfileUnset": "profile keys",
    "profile.ProfileUse": "default",
    "profile.Setting": "key value origin",
    "report.Report": (
        "written job name state is_over why_ended preset made ended as_of retries figures files "
        "nodes stages saved_seconds how notes"
    ),
    "schema.SchemaShow": "version schema",
    "submit.dry_run.Cost": "currency node_hour spot_node_hour hourly hours most missing_prices",
    "submit.dry_run.DryRun": (
        "job job_state input_set files bytes left_out upload tasks outputs tasks_standing pool "
        "limits cost source outputs_at downloads not_encoded done_before reasons films estimate "
        "submitted"
    ),
    "submit.dry_run.Film": "file chunks reason",
    "submit.dry_run.Limits": "job_seconds queue_seconds task_seconds tries",
    "submit.dry_run.Pool": "id state vm_size nodes spot max_nodes slots scales_to_zero",
    "submit.dry_run.ToUpload": "files bytes",
    "submit.submit.DetachedSubmit": "job pool input_set source outputs_at",
    "submit.submit.RefusedSubmit": "job pool input_set submitted",
    "submit.submit.Submit": (
        "job pool input_set folder downloaded succeeded failed unfinished failures unreachable "
        "batchff retries tasks outputs alike not_encoded lacking told done_before source "
        "outputs_at earlier_outputs_at report"
    ),
    "upload.Upload": "input_set container files bytes",
    "version.Version": "version python platform ffmpeg packages",
    "watch.Watch": (
        "job succeeded failed unfinished failures unreachable batchff retries tasks outputs alike "
        "not_encoded lacking told done_before"
    ),
}


def classes() -> dict[str, Any]:
    """The dataclasses of `batchff/results`, by module and name."""
    found = {}
    for info in walk_packages(batchff.results.__path__, "batchff.results."):
        for name, value in vars(import_module(info.name)).items():
            if is_dataclass(value) and value.__module__ == info.name:
                found[f"{info.name.removeprefix('batchff.results.')}.{name}"] = value
    return found


def keys_of(of: Any) -> Iterator[str]:
    """The fields; of an inline one, its own."""
    hints = get_type_hints(of)
    for field in fields(of):
        if field.metadata == INLINE:
            yield from keys_of(hints[field.name])
        else:
            yield field.name


def test_the_keys_are_these_in_this_order() -> None:
    assert {name: " ".join(dict.fromkeys(keys_of(of))) for name, of in classes().items()} == KEYS


def test_every_result_says_which_command_it_is_of() -> None:
    results = [of for of in classes().values() if issubclass(of, Result)]
    assert len({of.command for of in results}) == 43
    assert all(of.command.split()[0] in of.__module__ for of in results)
