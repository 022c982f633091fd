from __future__ import annotations

from batchff.emulator.launch.connection import Connection


def test_a_client_finds_all_it_needs_in_the_environment() -> None:
    connection = Connection("b", "YmF0Y2g=", "http://127.0.0.1:1", "s", "YmxvYg==", "http://x:2/s")

    connection_string = (
        "DefaultEndpointsProtocol=http;AccountName=s;AccountKey=YmxvYg==;BlobEndpoint=http://x:2/s;"
    )
    assert connection.environment() == {
        "AZURE_BATCH_ACCOUNT": "b",
        "AZURE_BATCH_ACCESS_KEY": "YmF0Y2g=",
        "AZURE_BATCH_ENDPOINT": "http://127.0.0.1:1",
        "AZURE_STORAGE_ACCOUNT": "s",
        "AZURE_STORAGE_KEY": "YmxvYg==",
        "AZURE_STORAGE_BLOB_ENDPOINT": "http://x:2/s",
        "AZURE_STORAGE_CONNECTION_STRING": connection_string,
        "AZURITE_CONNECTION_STRING": connection_string,
    }
    assert "YmF0Y2g" not in repr(connection)
    assert "YmxvYg" not in repr(connection)
