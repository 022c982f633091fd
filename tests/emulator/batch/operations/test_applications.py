from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError


def test_the_account_has_no_applications(client: BatchClient) -> None:
    assert list(client.list_applications()) == []
    with pytest.raises(ResourceNotFoundError) as error:
        client.get_application("ffmpeg")
    assert error.value.error is not None
    assert error.value.error.code == "ApplicationNotFound"
