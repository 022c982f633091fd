"""The catalogue of errors that the service answers with.

Codes, statuses and texts: the page "Batch Status and Error Codes" of the REST reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchff.emulator.state.times import format_time

_CATALOGUE: dict[str, tuple[int, str]] = {
    "ApplicationNotFound": (404, "The specified application does not exist."),
    "AuthenticationFailed": (
        403,
        "Server failed to authenticate the request. Make sure the value of Authorization header"
        " is formed correctly including the signature.",
    ),
    "AutoScalingFormulaSyntaxError": (
        400,
        "The specified auto-scaling formula has a syntax error.",
    ),
    "AutoScalingFormulaTooLong": (
        400,
        "The specified auto-scaling formula exceeds lengths limit.",
    ),
    "CertificateNotFound": (404, "The specified certificate does not exist."),
    "ConditionNotMet": (
        412,
        "The condition specified using HTTP conditional header(s) is not met.",
    ),
    "FileNotFound": (404, "The specified file does not exist."),
    "InternalError": (
        500,
        "The server encountered an internal error. Please retry the request.",
    ),
    "InvalidApplicationPackageReferences": (
        409,
        "One or more of the specified application package references are invalid.",
    ),
    "InvalidAutoScalingSettings": (
        400,
        "The specified auto-scaling settings are not valid.",
    ),
    "InvalidCertificateReferences": (
        409,
        "One or more of the specified certificate references are invalid.",
    ),
    "InvalidHeaderValue": (
        400,
        "The value provided for one of the HTTP headers was not in the correct format.",
    ),
    "InvalidPropertyValue": (
        400,
        "The value provided for one of the properties in the request body is invalid.",
    ),
    "InvalidQueryParameterValue": (
        400,
        "Value for one of the query parameters specified in the request URI is invalid.",
    ),
    "InvalidRange": (
        416,
        "The range specified is invalid for the current size of the resource.",
    ),
    "InvalidRequestBody": (400, "The specified Request Body is not syntactically valid."),
    "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
    "JobBeingDeleted": (409, "The specified job has been marked for deletion."),
    "JobBeingTerminated": (409, "The specified job is being terminated."),
    "JobCompleted": (409, "The specified job is already in a completed state."),
    "JobExists": (409, "The specified job already exists."),
    "JobNotFound": (404, "The specified job does not exist."),
    "JobPreparationTaskOrReleaseTaskNotSpecified": (
        409,
        "The specified job does not have a Job Preparation task or a Job Release task.",
    ),
    "JobScheduleBeingDeleted": (
        409,
        "The specified job schedule has been marked for deletion.",
    ),
    "JobScheduleBeingTerminated": (409, "The specified job schedule is being terminated."),
    "JobScheduleCompleted": (
        409,
        "The specified job schedule is already in a completed state.",
    ),
    "JobScheduleExists": (409, "The specified job schedule already exists."),
    "JobScheduleNotFound": (404, "The specified job schedule does not exist."),
    "JobScheduleWithSameIdExists": (
        409,
        "A job schedule with the specified job id exists. A job and a job schedule cannot have the"
        " same id.",
    ),
    "JobWithSameIdExists": (
        409,
        "A job with the specified job schedule id exists. A job and a job schedule cannot have the"
        " same id.",
    ),
    "MissingRequiredProperty": (
        400,
        "A required property was not specified in the request body.",
    ),
    "MissingRequiredQueryParameter": (
        400,
        "A required query parameter was not specified for this request.",
    ),
    "NodeAlreadyInTargetSchedulingState": (
        409,
        "The specified node is already in the target scheduling state.",
    ),
    "NodeBeingCreated": (409, "The specified node is being created."),
    "NodeBeingRebooted": (409, "The specified node is being rebooted."),
    "NodeBeingReimaged": (409, "The specified node is being reimaged."),
    "NodeBeingStarted": (409, "The specified node is being started."),
    "NodeNotFound": (404, "The specified node does not exist."),
    "NodeStateUnusable": (409, "The specified node is in an unusable state."),
    "NodeUserExists": (409, "The specified node user already exists."),
    "NodeUserNotFound": (404, "The specified node user does not exist."),
    "NotImplemented": (501, "The emulator does not support this."),
    "OperationInvalidForCurrentState": (
        409,
        "This operation is invalid for the current state of the resource.",
    ),
    "OperationNotValidOnNode": (409, "The specified operation is not valid on the node."),
    "OutOfRangeQueryParameterValue": (
        400,
        "A query parameter specified in the request URI is outside the permissible range.",
    ),
    "PoolBeingDeleted": (409, "The specified pool has been marked for deletion."),
    "PoolBeingResized": (409, "The specified pool is being resized."),
    "PoolExists": (409, "The specified pool already exists."),
    "PoolNotFound": (404, "The specified pool does not exist."),
    "RequestBodyTooLarge": (
        413,
        "The request body is too large and exceeds the maximum permissible limit.",
    ),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "ServerBusy": (503, "The server is busy. Please retry the request."),
    "TaskCompleted": (409, "The specified task is already in a completed state."),
    "TaskDependenciesNotSpecifiedOnJob": (
        400,
        "The specified task has dependencies on other tasks, but the job does not use task"
        " dependencies.",
    ),
    "TaskDependencyListTooLong": (
        400,
        "The specified task's list of dependencies is too long. Consider using task ID ranges.",
    ),
    "TaskExists": (409, "The specified task already exists."),
    "TaskFilesUnavailable": (404, "The files of the specified task are unavailable."),
    "TaskIdSameAsJobPreparationTask": (
        409,
        "The task ID is the same as that of the Job Preparation task.",
    ),
    "TaskIdSameAsJobReleaseTask": (
        409,
        "The task ID is the same as that of the Job Release task.",
    ),
    "TaskNotCompleted": (409, "The specified task is not in a completed state."),
    "TaskNotFound": (404, "The specified task does not exist."),
    "TaskSucceeded": (409, "The specified task succeeded."),
    "TooManyEnableAutoScaleRequests": (
        503,
        "Too many Enable Pool AutoScale requests are issued on the pool.",
    ),
    "UnsupportedHttpVerb": (
        405,
        "The resource doesn't support the specified HTTP verb.",
    ),
    "UnsupportedQueryParameter": (
        400,
        "One of the query parameters specified in the request URI is not supported.",
    ),
    "UnsupportedRequestVersion": (
        400,
        "The specified api-version in the request URI is not supported.",
    ),
}


class BatchError(Exception):
    """An answer that isn't a success; `values` name the field or parameter that is wrong."""

    def __init__(
        self, code: str, values: Mapping[str, object] | None = None, status: int | None = None
    ) -> None:
        self.code = code
        self.status, self.text = _CATALOGUE[code]
        if status is not None:
            self.status = status
        self.values = {key: str(value) for key, value in (values or {}).items()}
        super().__init__(f"{code}: {self.text} {self.values or ''}")

    def body(self, request_id: str, now: int, metadata: str = "") -> dict[str, Any]:
        """Write the body; inside a collection's results there is no `odata.metadata`."""
        text = f"{self.text}\nRequestId:{request_id}\nTime:{format_time(now)}"
        body: dict[str, Any] = {"odata.metadata": metadata} if metadata else {}
        body |= {"code": self.code, "message": {"lang": "en-US", "value": text}}
        if self.values:
            body["values"] = [{"key": key, "value": value} for key, value in self.values.items()]
        return body


def bad_property(name: str, value: object, reason: str) -> BatchError:
    """Make the error for a field whose value can't be.

    An object or a list isn't shown: there may be a password in it.
    """
    values: dict[str, object] = {"PropertyName": name}
    if not isinstance(value, dict | list):
        values["PropertyValue"] = _short(value)
    return BatchError("InvalidPropertyValue", {**values, "Reason": reason})


def bad_parameter(name: str, value: object, reason: str) -> BatchError:
    """Make the error for a query parameter whose value can't be."""
    return BatchError(
        "InvalidQueryParameterValue",
        {
            "QueryParameterName": name,
            "QueryParameterValue": _short(value),
            "Reason": reason,
        },
    )


def unsupported(**what: object) -> BatchError:
    """Make the 501 for what the service knows and the emulator doesn't, by its name alone."""
    return BatchError("NotImplemented", what)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + "…"
