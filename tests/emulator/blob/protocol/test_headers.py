from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.emulator.blob.protocol.errors import StorageError
from batchff.emulator.blob.protocol.headers import (
    blob_headers,
    http_date,
    md5_digest,
    md5_text,
    properties_of,
    properties_of_upload,
)
from batchff.emulator.blob.store.records import Blob, Copy, Properties
from tests.emulator.blob.protocol.requests import request_for

MD5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
BLOB = Blob(
    1, "a", True, "0x8D1", 0, 86400, 5, Properties(content_type="video/mp4"), {"k": "v"}, None
)


def test_times_are_written_as_http_wants_them() -> None:
    assert http_date(86400) == "Fri, 02 Jan 1970 00:00:00 GMT"


def test_a_blob_is_described_by_what_it_has_and_nothing_else() -> None:
    headers = blob_headers(BLOB, 0)
    assert headers["etag"] == '"0x8D1"'
    assert headers["content-type"] == "video/mp4"
    assert headers["x-ms-meta-k"] == "v"
    assert headers["x-ms-creation-time"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert headers["last-modified"] == "Fri, 02 Jan 1970 00:00:00 GMT"
    assert not {"content-md5", "content-encoding", "x-ms-copy-id"} & headers.keys()


def test_a_copied_blob_says_from_where_and_that_it_is_whole() -> None:
    headers = blob_headers(replace(BLOB, copy=Copy("id", "http://other/a", 86400)), 0)
    assert headers["x-ms-copy-source"] == "http://other/a"
    assert (headers["x-ms-copy-status"], headers["x-ms-copy-progress"]) == ("success", "5/5")


def test_an_upload_takes_the_bodys_own_headers_where_no_other_says_more() -> None:
    plain = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")]
    given = [*plain, ("x-ms-blob-content-type", "video/mp4"), ("x-ms-blob-content-md5", MD5)]

    upload = properties_of_upload(request_for(headers=given))
    assert (upload.content_type, upload.content_encoding) == ("video/mp4", "gzip")
    assert upload.content_md5 == MD5
    assert properties_of_upload(request_for()).content_type == "application/octet-stream"
    assert properties_of(request_for(headers=plain)) == Properties()


@pytest.mark.parametrize("text", ["", "!", "YQ==", MD5[:-2], f"{MD5} "])
def test_an_md5_is_base64_of_sixteen_bytes(text: str) -> None:
    with pytest.raises(StorageError, match="InvalidMd5"):
        md5_digest(text)
    with pytest.raises(StorageError, match="InvalidMd5"):
        properties_of(request_for(headers=[("x-ms-blob-content-md5", text)]))


def test_an_md5_is_written_as_it_was_read() -> None:
    assert md5_text(md5_digest(MD5)) == MD5
