"""The start task's commands, run with package managers and downloads that the tests write."""

from __future__ import annotations

import gzip
import hashlib
import os
import shlex
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.model.pools import PoolSpec, StartTask
from batchff.model.tasks import ResourceFile
from batchff.node.start_task import BUNDLED_FILE, start_task

SPEC = PoolSpec("Standard_D4s_v5", 1, 0, 1, "auto")
FFMPEG = "#!/bin/sh\necho ffmpeg version 7 of its own\n"
INSTALL = 'printf "#!/bin/sh\\necho ffmpeg version 0\\n" >"$BIN/ffmpeg"; chmod +x "$BIN/ffmpeg"'


BUNDLED = replace(SPEC, ffmpeg="bundled", ffmpeg_version="9.0.2", ffmpeg_sha256="ab" * 32)


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A PATH with next to nothing on it; its `sleep` takes no time."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("chmod", "head"):
        (folder / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    write_program(folder / "sleep", 'echo "sleep $*" >>"$BIN/calls"')
    return folder


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def task_of(spec: PoolSpec) -> StartTask:
    task = start_task(spec, ResourceFile(BUNDLED_FILE, "https://example.org/f?sig=secret"))
    assert task is not None
    return task


def static(url: str, content: bytes) -> PoolSpec:
    checksum = hashlib.sha256(content).hexdigest()
    return replace(SPEC, ffmpeg="url", ffmpeg_url=url, ffmpeg_sha256=checksum)


def run(bin_folder: Path, spec: PoolSpec = SPEC) -> subprocess.CompletedProcess[str]:
    work = bin_folder.parent / "startup" / "wd"
    work.mkdir(parents=True)
    (bin_folder.parent / "shared").mkdir()
    return subprocess.run(
        shlex.split(task_of(spec).command_line),
        env={"PATH": str(bin_folder), "BIN": str(bin_folder)},
        cwd=work,
        capture_output=True,
        text=True,
    )


def written_down(bin_folder: Path) -> list[str]:
    """What the start task tells `encode.sh` of the ffmpeg."""
    return (bin_folder.parent / "shared" / "ffmpeg.txt").read_text().splitlines()


ALL = [
    SPEC,
    static("https://example.org/f.tar.xz", b""),
    BUNDLED,
    replace(SPEC, ffmpeg="image"),
]


@pytest.mark.parametrize("spec", ALL)
def test_the_command_holds_nothing_that_a_node_might_split_or_replace(spec: PoolSpec) -> None:
    command = task_of(spec).command_line

    assert command.startswith('/bin/sh -c "')
    assert command.endswith('"')
    text = command.removeprefix('/bin/sh -c "').removesuffix('"')
    assert not set('"\\$`\n') & set(text)
    assert "#" not in text


@pytest.mark.parametrize("spec", ALL)
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_every_shell_that_a_node_may_have_can_read_it(spec: PoolSpec, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    _, _, text = shlex.split(task_of(spec).command_line)
    words = [program, *(["sh"] if shell == "busybox" else []), "-n", "-c", text]
    read = subprocess.run(words, capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")


def test_nothing_is_done_where_ffmpeg_is_there(bin_folder: Path) -> None:
    write_program(bin_folder / "ffmpeg", "echo ffmpeg version 0")
    write_program(bin_folder / "apt-get", 'echo "$*" >>"$BIN/calls"')

    assert run(bin_folder).returncode == 0
    assert not (bin_folder / "calls").exists()
    assert written_down(bin_folder) == ["ffmpeg version 0", "image"]


def test_an_image_that_must_have_ffmpeg_is_only_looked_at(bin_folder: Path) -> None:
    write_program(bin_folder / "ffmpeg", "echo ffmpeg version 0")

    assert run(bin_folder, replace(SPEC, ffmpeg="image")).returncode == 0
    assert written_down(bin_folder) == ["ffmpeg version 0", "image"]
    assert not task_of(replace(SPEC, ffmpeg="image")).admin


def test_an_image_that_has_no_ffmpeg_and_must_is_told_so(bin_folder: Path) -> None:
    write_program(bin_folder / "apt-get", 'echo "$*" >>"$BIN/calls"')

    done = run(bin_folder, replace(SPEC, ffmpeg="image"))

    assert done.returncode == 1
    assert "This image has no ffmpeg: give --ffmpeg bundled, or --ffmpeg apt." in done.stderr
    assert not (bin_folder / "calls").exists()


def test_ffmpeg_is_installed_without_a_question_and_waiting_for_the_lock(bin_folder: Path) -> None:
    write_program(
        bin_folder / "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >>"$BIN/calls"\ncase $* in *install*) {INSTALL} ;; esac',
    )

    done = run(bin_folder)

    assert done.returncode == 0
    assert "ffmpeg version 0" in done.stdout
    update, install = (bin_folder / "calls").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends ffmpeg")
    assert update.startswith("noninteractive ")
    assert "DPkg::Lock::Timeout=300" in install
    assert written_down(bin_folder) == ["ffmpeg version 0", "apt"]


def test_a_package_manager_that_fails_is_tried_again(bin_folder: Path) -> None:
    write_program(
        bin_folder / "apt-get",
        f'[ -e "$BIN/later" ] || {{ : >"$BIN/later"; exit 100; }}\n'
        f"case $* in *install*) {INSTALL} ;; esac",
    )

    assert run(bin_folder).returncode == 0
    assert (bin_folder / "calls").read_text() == "sleep 15\n"


def test_a_start_task_that_could_not_install_ffmpeg_fails(bin_folder: Path) -> None:
    write_program(bin_folder / "apt-get", "echo E: no network >&2; exit 100")

    done = run(bin_folder)

    assert done.returncode == 127
    assert done.stderr.count("E: no network") == 5


def test_an_image_without_a_package_manager_fails_at_once(bin_folder: Path) -> None:
    done = run(bin_folder)

    assert done.returncode == 1
    assert "neither ffmpeg nor apt-get nor dnf" in done.stderr
    assert not os.path.exists(bin_folder / "calls")


def calls_of_dnf(bin_folder: Path, cases: str) -> list[str]:
    """Run the start task where dnf does by its last word what `cases` say; give what was run."""
    write_program(
        bin_folder / "dnf", f'echo "dnf $*" >>"$BIN/calls"; shift 3; case $1 in {cases} esac'
    )
    assert run(bin_folder).returncode == 0
    return (bin_folder / "calls").read_text().splitlines()


def test_dnf_serves_where_there_is_no_apt_get(bin_folder: Path) -> None:
    assert calls_of_dnf(bin_folder, f"ffmpeg) {INSTALL} ;;") == ["dnf -q -y install ffmpeg"]


# What Alma, Rocky and CentOS Stream lack of EPEL's dependencies is in the repository that `crb`
# enables; it comes with epel-release, and has failed where there is none to enable.
@pytest.mark.parametrize("crb", ["true", "false", None])
def test_epel_has_ffmpeg_where_the_distribution_has_none(bin_folder: Path, crb: str | None) -> None:
    if crb is not None:
        write_program(bin_folder / "crb", f'echo "crb $*" >>"$BIN/calls"; {crb}')
    assert calls_of_dnf(bin_folder, f"ffmpeg) exit 1 ;; ffmpeg-free) {INSTALL} ;;") == [
        "dnf -q -y install ffmpeg",
        "dnf -q -y install epel-release",
        *(["crb enable"] if crb else []),
        "dnf -q -y install ffmpeg-free",
    ]


def test_dnf_is_tried_again_from_the_start(bin_folder: Path) -> None:
    later = '[ -e "$BIN/later" ] || { : >"$BIN/later"; exit 1; }'
    assert calls_of_dnf(
        bin_folder, f"ffmpeg) exit 1 ;; epel-release) {later} ;; ffmpeg-free) {INSTALL} ;;"
    ) == [
        "dnf -q -y install ffmpeg",
        "dnf -q -y install epel-release",
        "sleep 15",
        "dnf -q -y install ffmpeg",
        "dnf -q -y install epel-release",
        "dnf -q -y install ffmpeg-free",
    ]


def test_a_distribution_of_red_hats_without_any_ffmpeg_fails(bin_folder: Path) -> None:
    write_program(bin_folder / "dnf", 'echo "Error: Unable to find a match: $4" >&2; exit 1')

    done = run(bin_folder)

    assert done.returncode == 127
    assert done.stderr.count("Unable to find a match: epel-release") == 5
    assert "not found" in done.stderr


def test_tasks_in_a_container_need_no_start_task() -> None:
    assert start_task(replace(SPEC, container_image="example.org/ffmpeg:7")) is None


class StaticNode:
    """A node's start task, to which the service has brought its resource file."""

    def __init__(self, folder: Path, spec: PoolSpec, download: bytes) -> None:
        self.task = task_of(spec)
        self.work = folder / "startup" / "wd"
        self.shared = folder / "shared"
        self.work.mkdir(parents=True)
        self.shared.mkdir()
        (file,) = self.task.resource_files
        (self.work / file.path).write_bytes(download)

    def run(self) -> subprocess.CompletedProcess[str]:
        command = shlex.split(self.task.command_line)
        return subprocess.run(command, cwd=self.work, capture_output=True, text=True)


def archived(folder: Path, kind: str) -> bytes:
    """Return a static build as they come: a program deep in an archive."""
    build = folder / "build" / "ffmpeg-7-static"
    (build / "bin").mkdir(parents=True)
    (build / "doc").mkdir()
    (build / "bin" / "ffmpeg").write_text(FFMPEG)
    (build / "doc" / "ffmpeg.txt").write_text("how to")
    return Path(shutil.make_archive(str(build), f"{kind}tar", build.parent)).read_bytes()


@pytest.mark.parametrize("kind", ["xz", "gz", ""])
def test_a_static_build_is_put_where_tasks_look_first(tmp_path: Path, kind: str) -> None:
    content = archived(tmp_path, kind) if kind else FFMPEG.encode()
    url = f"https://example.org/ffmpeg{'.tar.' * bool(kind)}{kind}?sig=secret"
    node = StaticNode(tmp_path, static(url, content), content)

    done = [node.run(), node.run()]

    assert [each.returncode for each in done] == [0, 0], "a rebooted node runs it again"
    assert "ffmpeg version 7 of its own" in done[0].stdout
    installed = node.shared / "bin" / "ffmpeg"
    assert installed.read_text() == FFMPEG
    assert os.access(installed, os.X_OK)
    assert (node.shared / "ffmpeg.txt").read_text() == "ffmpeg version 7 of its own\nurl\n"
    assert node.task.resource_files[0].url == url
    assert not node.task.admin
    assert "secret" not in repr(node.task)


def test_a_download_that_is_another_one_is_not_run(tmp_path: Path) -> None:
    spec = static("https://example.org/ffmpeg", FFMPEG.encode())
    node = StaticNode(tmp_path, spec, FFMPEG.encode() + b"touch ruined\n")

    done = node.run()

    assert done.returncode == 1
    assert "another SHA-256" in done.stderr
    assert not list(node.shared.iterdir())


def test_an_archive_without_ffmpeg_fails(tmp_path: Path) -> None:
    (tmp_path / "readme").write_text("nothing else")
    with tarfile.open(tmp_path / "other.tar", "w:gz") as archive:
        archive.add(tmp_path / "readme", "readme")
    content = (tmp_path / "other.tar").read_bytes()
    node = StaticNode(tmp_path, static("https://example.org/f.tgz", content), content)

    assert node.run().returncode == 127


def bundled(content: bytes) -> PoolSpec:
    return replace(BUNDLED, ffmpeg_sha256=hashlib.sha256(content).hexdigest())


def test_the_bundled_ffmpeg_is_unpacked_where_tasks_look_first(tmp_path: Path) -> None:
    content = FFMPEG.encode()
    pieces = gzip.compress(content[:10]) + gzip.compress(content[10:])
    node = StaticNode(tmp_path, bundled(content), pieces)

    done = [node.run(), node.run()]

    assert [each.returncode for each in done] == [0, 0], "a rebooted node runs it again"
    assert "ffmpeg version 7 of its own" in done[0].stdout
    installed = node.shared / "bin" / "ffmpeg"
    assert installed.read_bytes() == content
    assert os.access(installed, os.X_OK)
    assert (node.shared / "ffmpeg.txt").read_text() == "ffmpeg version 9.0.2\nbundled\n"
    assert [path.name for path in node.work.iterdir()] == [BUNDLED_FILE]
    assert not node.task.admin
    assert "secret" not in repr(node.task)


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(b"#!/bin/sh\ntouch ruined\n"), b"no gzip", b""],
    ids=["another", "no gzip", "nothing"],
)
def test_a_bundled_ffmpeg_that_is_another_one_is_not_run(tmp_path: Path, packed: bytes) -> None:
    node = StaticNode(tmp_path, bundled(FFMPEG.encode()), packed)

    done = node.run()

    assert done.returncode == 1
    assert "The ffmpeg in storage is not the one that was sent" in done.stderr.splitlines()[-1]
    assert not list((node.shared / "bin").iterdir())
    assert [path.name for path in node.work.iterdir()] == [BUNDLED_FILE]


def test_an_image_that_cannot_run_the_bundled_ffmpeg_is_told_so(tmp_path: Path) -> None:
    content = b"#!/bin/sh\necho GLIBC_2.28 not found >&2\nexit 1\n"
    node = StaticNode(tmp_path, bundled(content), gzip.compress(content))

    done = node.run()

    assert done.returncode == 1
    assert "give another by --ffmpeg" in done.stderr.splitlines()[-1]
    assert not (node.shared / "ffmpeg.txt").exists()
