"""azcopy works with the Blob service unchanged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.trees import LARGE, SIZES, contents, make_tree
from tests.emulator.blob.servers import BlobServer
from tests.packages import npm_package, unavailable
from tests.storage_servers import write_random

# The first run has to install it.
pytestmark = pytest.mark.timeout(600)

PACKAGE = "@azure-tools/azcopy-linux"
VERSION = "10.32.2"

AzCopy = Callable[..., str]
"""Run azcopy, see that it ends well, and give its output."""


@pytest.fixture
def azcopy(pytestconfig: pytest.Config) -> AzCopy:
    """azcopy as Microsoft has it on npm: a program for Linux that wants libsecret there."""
    folder = npm_package(pytestconfig, PACKAGE, VERSION)
    program = folder / "node_modules" / PACKAGE / "dist" / "bin" / "azcopy_linux_amd64"
    # The package leaves it without the right to be run.
    program.chmod(0o755)
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError) as error:
        unavailable(f"azcopy doesn't run here: {error}")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_a_tree_goes_up_by_azcopy_comes_down_as_it_was_is_copied_and_kept_in_step(
    azcopy: AzCopy, blob_emulator: BlobServer, tmp_path: Path
) -> None:
    tree = make_tree(tmp_path / "tree")
    container = blob_emulator.new_container()

    def remote(path: str) -> str:
        return f"{container.url}/{path}?{blob_emulator.account_sas()}"

    # azcopy tells services by their host names, so that it has to be told what loopback is.
    azcopy(
        *("copy", f"{tree}/*", remote("tree"), "--recursive", "--from-to=LocalBlob"),
        *("--put-md5", "--block-size-mb=4", "--put-blob-size-mb=4"),
    )

    listing = azcopy("list", remote("tree"), "--location=Blob", "--machine-readable")
    for name, size in SIZES.items():
        assert f"{name}; Content Length: {size}\n" in listing
    committed, _ = container.get_blob_client(f"tree/{LARGE}").get_block_list()
    assert len(committed) == 3

    azcopy(
        *("copy", remote("tree/*"), tmp_path / "down", "--recursive", "--from-to=BlobLocal"),
        "--check-md5=FailIfDifferentOrMissing",
    )

    assert contents(tmp_path / "down") == contents(tree)

    copied = blob_emulator.new_container()
    azcopy(
        *("copy", remote("tree"), f"{copied.url}?{blob_emulator.account_sas()}"),
        *("--recursive", "--from-to=BlobBlob", "--block-size-mb=4", "--put-blob-size-mb=4"),
    )

    for name, content in contents(tree).items():
        assert copied.download_blob(f"tree/{name}").readall() == content

    (tree / "empty").unlink()
    write_random(tree / "plain.txt", 13)
    azcopy("sync", tree, remote("tree"), "--from-to=LocalBlob", "--delete-destination=true")

    assert {blob.name: blob.size for blob in container.list_blobs()} == {
        f"tree/{name}": len(content) for name, content in contents(tree).items()
    }
