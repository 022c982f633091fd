"""The table of retries for the SDK's clients, in place of their own policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
)
from azure.core.pipeline.policies import HTTPPolicy

from batchff.cloud.http.failures import NotConnected, failure_in
from batchff.cloud.http.foreign_answers import foreign, is_foreign
from batchff.cloud.http.retry_policies import RetryPolicy, retry_after
from batchff.cloud.http.retrying import Patience, Retrying, busy, silent
from batchff.cloud.http.transport import Transport

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineRequest, PipelineResponse
    from azure.core.rest import HttpRequest, HttpResponse

R = TypeVar("R")

_CODE = re.compile(rb'"(?:code|error)"\s*:\s*"(\w+)"')
_OF_OTHER_POLICIES = (
    "retry_backoff_factor",
    "retry_backoff_max",
    "retry_connect",
    "retry_on_methods",
    "retry_read",
    "retry_status",
    "timeout",
)


class ForeignAnswer(AzureError):
    """Something else than the service answered."""


class SdkRetries(HTTPPolicy["HttpRequest", "HttpResponse"]):
    """Sends a request until it's answered for good, as its row of the table says.

    Any method is sent again: all that batchff makes has an id of its own, so the second answer says
    that it's there. With the option `retry_total=0` a request is sent once.
    """

    def __init__(self, policy: RetryPolicy, retrying: Retrying) -> None:
        super().__init__()
        self._policy = policy
        self._retrying = retrying

    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send a request, and again where the table of policies says so."""
        options = request.context.options
        only_once = options.pop("retry_total", None) == 0
        for option in _OF_OTHER_POLICIES:
            options.pop(option, None)
        given = dict(options)

        def attempt() -> PipelineResponse[HttpRequest, HttpResponse]:
            options.update(given)  # what sends it takes its options out
            return _from_the_service(self.next.send(request))

        if only_once:
            return attempt()
        return _persistently(
            attempt, lambda response: response.http_response, self._policy, self._retrying
        )


def _from_the_service(
    response: PipelineResponse[HttpRequest, HttpResponse],
) -> PipelineResponse[HttpRequest, HttpResponse]:
    """Return the response; raise ForeignAnswer where the service didn't give it."""
    answer = response.http_response
    if is_foreign(answer.status_code, answer.headers):
        answer.close()
        raise ForeignAnswer(foreign(answer.status_code, answer.content_type))
    return response


class SignInTransport(Transport):
    """Sends azure-identity's requests, and tries them again by a row of the table.

    azure-identity makes its own policies, so only its transport can be ours. It finds out whether
    a machine has an identity by a request with a short time to connect: that one is sent once.
    """

    def __init__(self, policy: RetryPolicy, retrying: Retrying) -> None:
        super().__init__()
        self._policy = policy
        self._retrying = retrying

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Send a request, and again where the table of policies says so."""
        attempt = partial(super().send, request, **options)
        if "connection_timeout" in options:
            return attempt()
        return _persistently(attempt, lambda answer: answer, self._policy, self._retrying)


def _persistently(
    attempt: Callable[[], R],
    answer_of: Callable[[R], HttpResponse],
    policy: RetryPolicy,
    retrying: Retrying,
) -> R:
    """Return the result of an attempt, tried again as the policy says."""
    patience = Patience(policy, retrying)
    while True:
        try:
            result = attempt()
        except AzureError as error:
            if not is_passing(error) or not wait_after(error, patience, retrying):
                raise
            continue
        answer = answer_of(result)
        if answer.status_code < 400 or not policy.tries_again(answer.status_code, _code(answer)):
            patience.succeeded()
            return result
        asked = retry_after(_lower(answer.headers), retrying.clock.time())
        if not patience.wait(busy(answer.status_code), asked=asked):
            return result


def wait_after(error: Exception, patience: Patience, retrying: Retrying) -> bool:
    """Wait before another attempt at what ended with an error; False where there's to be none."""
    if isinstance(error, HttpResponseError) and error.status_code:
        headers: Mapping[str, str] = getattr(error.response, "headers", {})
        asked = retry_after(_lower(headers), retrying.clock.time())
        return patience.wait(busy(error.status_code), asked=asked)
    if isinstance(error, AzureError) and (failure := failure_in(error)):
        broken = not isinstance(failure, NotConnected)
        return patience.wait(silent(str(failure)), broken=broken)
    return patience.wait("fails")


def read_whole(
    ask: Callable[[], Iterator[bytes]], policy: RetryPolicy, retrying: Retrying
) -> bytes:
    """Return the whole body of a stream; if it was cut off, ask for it again."""
    patience = Patience(policy, retrying)
    while True:
        try:
            return b"".join(ask())
        except AzureError as error:
            # One that couldn't even be sent was tried again before, as each request is.
            was_sent = not isinstance(failure_in(error), NotConnected)
            if not (was_sent and is_passing(error) and wait_after(error, patience, retrying)):
                raise


def is_passing(error: AzureError) -> bool:
    """Return whether an error is a failed connection that may not fail at the next attempt."""
    failure = failure_in(error)
    return failure is not None and not failure.lasting


def _code(answer: HttpResponse) -> str:
    """Return the service's code of what went wrong: in a header, or in the body that is JSON."""
    if code := answer.headers.get("x-ms-error-code"):
        return str(code)
    found = _CODE.search(answer.content)
    return found[1].decode() if found else ""


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
