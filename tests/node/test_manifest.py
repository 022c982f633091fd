from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.node.manifest import ManifestError, ManifestFile, manifest_name, parse_manifest

MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def test_a_manifest_is_read() -> None:
    content = f"0 {MD5} black.txt\n123456 {MD5} v 0/seg 1.m4s\n".encode()

    assert parse_manifest(content) == (
        ManifestFile("black.txt", 0, MD5),
        ManifestFile("v 0/seg 1.m4s", 123456, MD5),
    )


def test_a_name_that_is_no_text_is_kept() -> None:
    (file,) = parse_manifest(b"1 %b caf\xe9.ts\n" % MD5.encode())

    assert file.path.encode("utf-8", "surrogateescape") == b"caf\xe9.ts"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../out.ts", "a/../../b", "a//b", "./a", "a/.", "..", ".", "a/", "a\0b"],
)
def test_a_path_that_is_not_in_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ManifestError, match="isn't in its folder"):
        parse_manifest(f"1 {MD5} {path}\n".encode())


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"1 {MD5} a.ts",
        f"1 {MD5} a.ts\n\n",
        f"1 {MD5} \n",
        f"-1 {MD5} a.ts\n",
        f"01 {MD5} a.ts\n",
        f"1 {MD5[:-1]} a.ts\n",
        f"1 {MD5.upper()} a.ts\n",
        f"{MD5} a.ts\n",
        f"1 {MD5} a.ts\n2 {MD5} a.ts\n",
        f"1 {MD5} a\n2 {MD5} a/b\n",
    ],
)
def test_what_is_no_manifest_is_refused(content: str) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(content.encode())


@given(st.binary())
def test_any_bytes_are_a_manifest_or_refused(content: bytes) -> None:
    try:
        files = parse_manifest(content)
    except ManifestError:
        return
    assert files


@pytest.mark.parametrize(("node_name", "name"), [("hls", "hls.manifest"), (".", "files.manifest")])
def test_the_manifest_is_beside_its_folder(node_name: str, name: str) -> None:
    assert manifest_name(node_name) == name
