"""rclone's azureblob backend works with the Blob service unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.trees import LARGE, SIZES, contents, make_tree
from tests.emulator.blob.servers import BlobServer
from tests.packages import unavailable
from tests.storage_servers import write_random

MIB = 1024 * 1024

Rclone = Callable[..., list[str]]
"""Run rclone, see that it ends well, and give the lines of its output, sorted."""


@pytest.fixture
def rclone(blob_emulator: BlobServer) -> Rclone:
    """rclone with the remote `emulator:`.

    By a SAS, because before 1.61 rclone makes a host name of the account's, whatever the endpoint.
    """
    program = shutil.which("rclone")
    if program is None:
        unavailable("there is no rclone on PATH")
    environment = {
        **os.environ,
        "RCLONE_CONFIG_EMULATOR_TYPE": "azureblob",
        "RCLONE_CONFIG_EMULATOR_SAS_URL": f"{blob_emulator.url}?{blob_emulator.account_sas()}",
        "RCLONE_AZUREBLOB_CHUNK_SIZE": "4Mi",
        "RCLONE_RETRIES": "1",
        "RCLONE_LOW_LEVEL_RETRIES": "1",
    }

    def run(*arguments: str | Path) -> list[str]:
        done = subprocess.run(
            [program, "--config", "", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return sorted(done.stdout.splitlines())

    return run


def test_a_tree_goes_up_by_rclone_and_comes_down_as_it_was(
    rclone: Rclone, blob_emulator: BlobServer, tmp_path: Path
) -> None:
    tree = make_tree(tmp_path / "tree")
    container = "rclone-copies"
    remote = f"emulator:{container}/tree"

    rclone("copy", tree, remote)

    assert rclone("lsf", "--recursive", "--files-only", remote) == sorted(SIZES)
    rclone("check", tree, remote)
    assert rclone("check", "--combined", "-", "--download", tree, remote) == sorted(
        f"= {name}" for name in SIZES
    )
    large = blob_emulator.client().get_blob_client(container, f"tree/{LARGE}")
    committed, _ = large.get_block_list()
    assert [block.size for block in committed] == [4 * MIB, 4 * MIB, MIB + 1]

    rclone("copy", remote, tmp_path / "down")

    assert contents(tmp_path / "down") == contents(tree)


def test_rclone_keeps_a_copy_in_step_and_sees_what_differs(rclone: Rclone, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    remote = "emulator:rclone-syncs/tree"
    rclone("copy", tree, remote)
    (tree / "empty").unlink()
    write_random(tree / "plain.txt", 13)
    (tree / "new").write_bytes(b"new")

    rclone("copyto", f"{remote}/plain.txt", f"{remote}/copied by the service.txt")
    rclone("moveto", f"{remote}/{LARGE}", f"{remote}/large/moved.bin")

    names = {*SIZES, "copied by the service.txt", "large/moved.bin"} - {LARGE}
    assert rclone("lsf", "--recursive", "--files-only", remote) == sorted(names)
    with pytest.raises(AssertionError, match="differences found"):
        rclone("check", tree, remote)

    rclone("sync", tree, remote)

    rclone("check", tree, remote)
    assert rclone("lsf", "--recursive", "--files-only", remote) == sorted(contents(tree))

    rclone("purge", "emulator:rclone-syncs")

    assert "rclone-syncs/" not in rclone("lsf", "emulator:")
