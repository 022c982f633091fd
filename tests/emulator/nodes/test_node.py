from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.emulator.nodes.node import NodeDirectory, NodeIdentity, Workplace, ensure_ffmpeg
from batchff.emulator.root import Root, open_root


def _identity(root: Root) -> NodeIdentity:
    return NodeIdentity(
        account="account",
        account_url="http://127.0.0.1:1",
        pool_id="pool",
        number=1,
        node_id="node",
        dedicated=False,
        directory=NodeDirectory(root.nodes / "node"),
        programs=root.bin,
    )


def test_a_workplace_is_made_anew(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "task")
    place.make()
    (place.working_directory / "left").write_text("x")
    place.stdout.write_text("x")

    place.clear()
    place.make()

    assert list(place.working_directory.iterdir()) == []
    assert place.stdout.read_text() == place.stderr.read_text() == ""


def test_the_environment_holds_nothing_of_the_emulators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    root = open_root(tmp_path / "root")

    environment = _identity(root).task_environment("job", "task", [])

    assert "SECRET" not in environment
    assert environment["AZ_BATCH_NODE_IS_DEDICATED"] == "false"
    directory = root.nodes / "node" / "workitems" / "job" / "job-1" / "task"
    assert environment["AZ_BATCH_TASK_DIR"] == str(directory)
    assert environment["HOME"] == str(directory / "wd")
    others = {name for name in environment if not name.startswith("AZ_BATCH_")}
    assert others == {"PATH", "HOME", "LANG"}


def test_every_command_has_the_documented_variables(tmp_path: Path) -> None:
    root = open_root(tmp_path / "root")
    node, directory = _identity(root), root.nodes / "node"

    start = node.environment(node.directory.startup, [])
    task = node.task_environment("job", "task", [])

    for environment in (start, task):
        assert environment["AZ_BATCH_NODE_MOUNTS_DIR"] == str(directory / "fsmounts")
        assert environment["AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES"] == "1000000"
    assert start["AZ_BATCH_CERTIFICATES_DIR"] == str(directory / "startup" / "certs")
    place = directory / "workitems" / "job" / "job-1" / "task"
    assert task["AZ_BATCH_CERTIFICATES_DIR"] == str(place / "certs")
    assert not [name for name in task if "HOST_LIST" in name or name == "CCP_NODES"]


def _program(folder: Path) -> Path:
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    return program


def _nothing_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)


def test_nodes_have_the_ffmpeg_of_the_package_before_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(tmp_path / "usr")
    monkeypatch.setenv("PATH", str(program.parent))
    root = open_root(tmp_path / "root")
    (root.bin / "ffmpeg").symlink_to(tmp_path / "gone")

    ensure_ffmpeg(root, search=str(program.parent))

    link = root.bin / "ffmpeg"
    shown = subprocess.run([link, "-version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("ffmpeg version")
    assert link.resolve() == Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()
    path = _identity(root).task_environment("j", "t", [])["PATH"]
    assert path.split(":")[0] == str(root.bin)


def test_the_machines_ffmpeg_serves_where_the_package_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _nothing_bundled(monkeypatch)
    program = _program(tmp_path / "usr")
    root = open_root(tmp_path / "root")
    (root.bin / "ffmpeg").symlink_to(tmp_path / "gone")

    ensure_ffmpeg(root, search=str(program.parent))

    assert list(root.bin.iterdir()) == []
    assert not _identity(root).task_environment("j", "t", [])["PATH"].startswith(str(root.bin))


def test_the_users_ffmpeg_is_linked_where_nodes_would_find_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _nothing_bundled(monkeypatch)
    program = _program(tmp_path / "own")
    monkeypatch.setenv("PATH", str(program.parent))
    root = open_root(tmp_path / "root")

    ensure_ffmpeg(root, search=str(tmp_path / "nothing"))

    assert (root.bin / "ffmpeg").resolve() == program


def test_settings_change_anything_but_what_the_service_says(tmp_path: Path) -> None:
    settings = [
        {"name": "PATH", "value": "/own"},
        {"name": "EMPTY"},
        {"name": "AZ_BATCH_NODE_ROOT_DIR", "value": "/elsewhere"},
        {"name": "AZ_BATCH_TASK_ID", "value": "other"},
    ]
    root = open_root(tmp_path / "root")

    environment = _identity(root).task_environment("job", "task", settings)

    assert (environment["PATH"], environment["EMPTY"]) == ("/own", "")
    assert environment["AZ_BATCH_NODE_ROOT_DIR"] == str(root.nodes / "node")
    assert environment["AZ_BATCH_TASK_ID"] == "task"
