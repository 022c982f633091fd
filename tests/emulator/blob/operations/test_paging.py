from __future__ import annotations

import pytest

from tests.emulator.blob.servers import BlobServer


@pytest.mark.parametrize("query", ["maxresults=0", "maxresults=x"])
def test_a_page_of_no_size_is_refused(blob_server: BlobServer, query: str) -> None:
    container = blob_server.new_container()
    answer = blob_server.send(
        "GET", f"/{container.container_name}", query=f"restype=container&comp=list&{query}"
    )
    assert answer.status == 400


def test_a_marker_of_another_service_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    answer = emulator.send(
        "GET", f"/{container.container_name}", query="restype=container&comp=list&marker=%21"
    )
    assert answer.status == 400
    assert answer.headers["x-ms-error-code"] == "InvalidQueryParameterValue"
