from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.emulator.errors import EmulatorError
from batchff.emulator.root import open_root, read_identity, write_identity


def test_a_folder_keeps_its_accounts_and_ports(tmp_path: Path) -> None:
    root = open_root(tmp_path / "emulator")
    made = read_identity(root)
    write_identity(root, replace(made, batch_port=1001))

    found = read_identity(open_root(root.path))

    assert found == replace(made, batch_port=1001)
    assert len(base64.b64decode(made.batch.key)) == 64
    assert made.batch.key != made.storage.key


def test_all_of_it_is_the_users_alone(tmp_path: Path) -> None:
    root = open_root(tmp_path / "emulator")

    files = (root.identity_file, root.batch_db, root.blob_db)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    folders = (root.path, root.blobs, root.nodes, root.bin)
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


@pytest.mark.parametrize("simulated", [True, False])
def test_a_folder_stays_for_work_or_for_a_simulation(tmp_path: Path, simulated: bool) -> None:
    open_root(tmp_path, simulated=simulated)

    assert open_root(tmp_path, simulated=simulated).path == tmp_path
    with pytest.raises(EmulatorError, match="simulation"):
        open_root(tmp_path, simulated=not simulated)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"batch": {"name": "a", "key": "%"}}'])
def test_a_damaged_identity_is_replaced_and_all_else_stays(tmp_path: Path, content: str) -> None:
    root = open_root(tmp_path)
    before = read_identity(root)
    (root.nodes / "kept").mkdir()
    root.identity_file.write_text(content)
    with pytest.raises(EmulatorError, match="damaged"):
        read_identity(root)

    after = read_identity(open_root(tmp_path))

    assert after.batch.name == before.batch.name
    assert after.batch.key != before.batch.key
    assert (root.nodes / "kept").is_dir()
    assert root.identity_file.with_suffix(".damaged").read_text() == content


def test_no_key_is_in_what_an_identity_prints(tmp_path: Path) -> None:
    identity = read_identity(open_root(tmp_path))

    assert identity.batch.key not in repr(identity)
    assert identity.storage.key not in repr(identity)
