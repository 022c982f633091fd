"""Other people's programs for Blob Storage, run against an emulator with nothing but settings.

    python -m tests.clients.storage_programs [FOLDER]

They are downloaded into the folder, without one into a folder that is removed. It prints a line for
each, and ends with 1 unless all did what they were asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from batchff.emulator import launch

_PACKAGES = ("obstore==0.12.1", "deltalake", "pandas", "pyarrow", "adlfs")
_BEGIN = """
import os
from urllib.parse import urlsplit
account, key = os.environ["AZURE_STORAGE_ACCOUNT"], os.environ["AZURE_STORAGE_KEY"]
endpoint = os.environ["AZURE_STORAGE_BLOB_ENDPOINT"]
connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
from azure.storage.blob import BlobServiceClient
BlobServiceClient.from_connection_string(connection).create_container(NAME)
"""
PROGRAMS = {
    "obstore": """
import obstore
from obstore.store import AzureStore
store = AzureStore(
    NAME, account_name=account, account_key=key, endpoint=endpoint,
    client_options={"allow_http": True},
)
for name in "abc":
    obstore.put(store, f"d/{name}", b"film" * 10)
assert len(obstore.list(store, offset="d/a").collect()) == 2
obstore.copy(store, "d/a", "d/e")
obstore.rename(store, "d/e", "d/f")
obstore.delete(store, "d/a")
obstore.delete(store, ["d/b", "d/c"])
assert [each["path"] for each in obstore.list(store).collect()] == ["d/f"]
""",
    "deltalake": """
import pandas
from deltalake import DeltaTable, write_deltalake
options = {
    "account_name": account, "account_key": key, "azure_storage_endpoint": endpoint,
    "allow_http": "true",
}
url = f"az://{NAME}/table"
write_deltalake(url, pandas.DataFrame({"a": [1, 2, 3]}), storage_options=options)
write_deltalake(url, pandas.DataFrame({"a": [4]}), storage_options=options, mode="append")
table = DeltaTable(url, storage_options=options)
table.delete("a = 1")
table.optimize.compact()
table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
table.create_checkpoint()
assert sorted(DeltaTable(url, storage_options=options).to_pandas()["a"]) == [2, 3, 4]
""",
    "pyarrow": """
import pyarrow, pyarrow.dataset
from pyarrow import fs
host = urlsplit(endpoint).netloc
files = fs.AzureFileSystem(
    account, account_key=key, blob_storage_authority=host, blob_storage_scheme="http",
    dfs_storage_authority=host, dfs_storage_scheme="http",
)
with files.open_output_stream(f"{NAME}/x/a.txt") as file:
    file.write(b"film")
with files.open_input_stream(f"{NAME}/x/a.txt") as file:
    assert file.read() == b"film"
table = pyarrow.table({"a": [1, 2], "b": ["x", "y"]})
written = {"filesystem": files, "format": "parquet"}
pyarrow.dataset.write_dataset(table, f"{NAME}/set", partitioning=["b"], **written)
assert pyarrow.dataset.dataset(f"{NAME}/set", **written).to_table().num_rows == 2
files.copy_file(f"{NAME}/x/a.txt", f"{NAME}/x/b.txt")
files.delete_file(f"{NAME}/x/b.txt")
files.delete_dir(f"{NAME}/set")
""",
    "adlfs": """
import adlfs
files = adlfs.AzureBlobFileSystem(connection_string=connection)
files.pipe(f"{NAME}/a/b.txt", b"1")
files.pipe(f"{NAME}/a/c.txt", b"2")
files.rm(f"{NAME}/a", recursive=True)
assert not files.exists(f"{NAME}/a")
for line in (b"one\\n", b"two\\n"):
    with files.open(f"{NAME}/log.txt", "ab") as file:
        file.write(line)
assert files.cat(f"{NAME}/log.txt") == b"one\\ntwo\\n"
""",
}


def main(arguments: list[str]) -> int:
    """Run them; return the exit code."""
    if arguments:
        kept = Path(arguments[0]).absolute()
        kept.mkdir(parents=True, exist_ok=True)
        return _in(kept)
    with tempfile.TemporaryDirectory(prefix="programs-") as folder:
        return _in(Path(folder))


def _in(folder: Path) -> int:
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        print(f"downloading {', '.join(_PACKAGES)} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", *_PACKAGES]
        subprocess.run([str(python), *pip], check=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="emulator-") as root:
        connection = launch.start(Path(root))
        try:
            for name, program in PROGRAMS.items():
                ran = subprocess.run(
                    [python, "-c", f"NAME = {name!r}{_BEGIN}{program}"],
                    env={**os.environ, **connection.environment()},
                    capture_output=True,
                    text=True,
                )
                failed += ran.returncode != 0
                print(f"{name}: {'works' if ran.returncode == 0 else ran.stderr}", flush=True)
        finally:
            launch.stop(Path(root))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
