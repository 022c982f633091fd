"""Microsoft's own tests of azure-batch, unchanged, live against emulators.

    python -m tests.clients.microsoft [FOLDER]

They are in the package's source distribution, which is downloaded into the folder, as are the
packages that they need; without a folder, into one that is removed. It prints how many passed, and
ends with 1 unless all did. That takes about two minutes. `stand_in/` has what the tests import and
nobody publishes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "15.1.0"
_PACKAGES = (
    f"azure-batch=={VERSION}",
    "azure-mgmt-batch==19.0.0",
    "azure-storage-blob",
    "aiohttp",
    "requests",
    "six",
    "pytest",
    "pytest-xdist",
)
_STAND_IN = Path(__file__).with_name("stand_in")
_AT_ONCE = 6


def main(arguments: list[str]) -> int:
    """Run them; return the exit code."""
    if arguments:
        kept = Path(arguments[0]).absolute()
        kept.mkdir(parents=True, exist_ok=True)
        return _in(kept)
    with tempfile.TemporaryDirectory(prefix="microsoft-") as folder:
        return _in(Path(folder))


def _in(folder: Path) -> int:
    python = _python(folder)
    tests = _tests(folder)
    certificate, key = _certificate(folder)
    _say(f"running test_batch.py, {_AT_ONCE} tests at a time, each on an emulator of its own")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "PYTHONPATH": f"{_STAND_IN}:{tests}",
        "BATCHFF": os.environ.get("BATCHFF") or str(Path(sys.executable).with_name("batchff")),
        "STAND_IN_CERTIFICATE": str(certificate),
        "STAND_IN_KEY": str(key),
        "REQUESTS_CA_BUNDLE": str(certificate),
        "SSL_CERT_FILE": str(certificate),
    }
    ran = subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "-q",
            f"-n{_AT_ONCE}",
            "--dist=worksteal",
            tests / "test_batch.py",
        ],
        cwd=tests,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    print(ran.stdout)
    passed = re.search(r"(\d+) passed", ran.stdout)
    failed = re.findall(r"(\d+) (?:failed|errors?)", ran.stdout)
    count = int(passed[1]) if passed else 0
    print(f"Microsoft's tests of azure-batch {VERSION}: {count} of {count + sum(map(int, failed))}")
    return ran.returncode


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _python(folder: Path) -> Path:
    """Give the Python that has the packages."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        _say(f"installing {', '.join(_PACKAGES)} into {folder / 'venv'}")
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", *_PACKAGES]
        subprocess.run([str(python), *pip], check=True)
    return python


def _tests(folder: Path) -> Path:
    """Give the folder of the tests, as they are published."""
    tests = folder / f"azure_batch-{VERSION}" / "tests"
    if not tests.is_dir():
        _say(f"downloading the source distribution of azure-batch {VERSION}")
        download = ["download", "-q", "--no-binary", ":all:", "--no-deps"]
        subprocess.run(
            [sys.executable, "-m", "pip", *download, "-d", folder, f"azure-batch=={VERSION}"],
            check=True,
        )
        with tarfile.open(next(folder.glob("azure_batch-*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
    return tests


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Give a certificate for 127.0.0.1, and its key: the tests speak HTTPS alone."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not certificate.exists():
        what = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
        name = ["-subj", "/CN=emulator", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(["openssl", *what, *name, *files], check=True, capture_output=True)
    return certificate, key


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
