"""A task to add, and the files that nodes fetch and send, as the service's JSON has them.

The package's models of a task cost fifty times as much, and a job has many.
"""

from __future__ import annotations

from typing import Any

from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec

_SATISFY = {"dependencyAction": "satisfy"}
# An exit code's options come before those of a failure to send files, and 0 satisfies by itself.
_SATISFYING = {
    "exitCodeRanges": [
        {"start": 1, "end": 2**31 - 1, "exitOptions": _SATISFY},
        {"start": -(2**31), "end": -1, "exitOptions": _SATISFY},
    ],
    "preProcessingError": _SATISFY,
    "fileUploadError": _SATISFY,
    "default": _SATISFY,
}
"""What makes the service start the tasks that depend on one, however that one ends."""


def task_document(task: TaskSpec) -> dict[str, Any]:
    """Return a task to add."""
    return {
        "id": task.id,
        "displayName": task.name,
        "commandLine": task.command_line,
        **_container_settings(task.container_image),
        "resourceFiles": list(map(resource_file_document, task.resource_files)),
        "outputFiles": [
            {
                "filePattern": output.pattern,
                "destination": {
                    "container": {
                        "path": output.blob,
                        "containerUrl": output.container_url,
                        **_identity(output.identity),
                        **_headers(output),
                    }
                },
                "uploadOptions": {"uploadCondition": output.condition},
            }
            for output in task.output_files
        ],
        "constraints": {
            "maxWallClockTime": f"PT{task.time_limit.total_seconds():.0f}S",
            "maxTaskRetryCount": task.retries,
        },
        **({"dependsOn": {"taskIds": list(task.depends_on)}} if task.depends_on else {}),
        **({"exitConditions": _SATISFYING} if task.satisfies_dependents else {}),
    }


def resource_file_document(file: ResourceFile) -> dict[str, Any]:
    """Return a file, or many of a container, that a node fetches."""
    identity = _identity(file.identity)
    if file.prefix is None:
        return {"httpUrl": file.url, "filePath": file.path, **identity}
    return {
        "storageContainerUrl": file.url,
        **({"blobPrefix": file.prefix} if file.prefix else {}),
        **({"filePath": file.path} if file.path else {}),
        **identity,
    }


def _container_settings(image: str) -> dict[str, Any]:
    """Say in which container a task runs; its image's own entry point is left out.

    An empty one makes "docker create" run the command line as it is, whatever the image is for.
    """
    if not image:
        return {}
    return {
        "containerSettings": {
            "imageName": image,
            "containerRunOptions": "--rm --entrypoint=",
            "workingDirectory": "taskWorkingDirectory",
        }
    }


def _headers(output: OutputFile) -> dict[str, Any]:
    """Return the headers of Put Blob that a node sends with a file."""
    headers = {f"x-ms-meta-{name}": value for name, value in output.metadata.items()}
    if output.content_type:
        headers["x-ms-blob-content-type"] = output.content_type
    if not headers:
        return {}
    return {"uploadHeaders": [{"name": name, "value": value} for name, value in headers.items()]}


def _identity(resource_id: str) -> dict[str, Any]:
    return {"identityReference": {"resourceId": resource_id}} if resource_id else {}
