from __future__ import annotations

from pathlib import Path

import pytest

from batchff.cli.options.places import destination, downloads
from batchff.errors import UsageError
from batchff.model.places import BlobPlace
from tests.commands import Batchff


def test_outputs_are_downloaded_unless_they_are_to_stay() -> None:
    assert downloads(None, False, None)
    assert downloads(None, False, Path("out"))
    assert downloads("az://results", False, Path("out"))
    assert not downloads("az://results", False, None)
    assert not downloads(None, True, None)
    assert not downloads("az://results", True, None)


def test_a_destination_is_in_the_profiles_account() -> None:
    assert destination(None) is None
    assert destination("az://results/x") == BlobPlace("results", "x")
    with pytest.raises(UsageError, match="--to takes an address"):
        destination("results/x")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["az://media", "--tidy"], "error: --tidy deletes files that batchff uploaded"),
        (["videos", "--tidy", "--to", "az://results"], "error: --tidy deletes inputs whose"),
        (["videos", "--no-download", "--out", "x"], "error: --no-download and --out exclude each"),
        (["videos", "--out", "az://results"], "error: --out takes a folder on this machine"),
        (["videos", "--to", "az:results"], "error: 'az:results' is no address of a container"),
        (["az://media", "videos"], "error: media in storage can't be given"),
        (["az:/media"], "error: 'az:/media' is no address of a container (write az://media)"),
        (["s3://media"], "error: batchff reads nothing from s3://"),
        (["https://a.blob.core.windows.net/media/in"], "error: the URL has no SAS"),
    ],
)
def test_what_cant_be_is_one_error_before_anything_is_asked(
    words: list[str], message: str, batchff: Batchff
) -> None:
    outcome = batchff("submit", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 1


def test_an_address_is_no_folder_for_other_commands(batchff: Batchff) -> None:
    for words in (["upload", "az://media"], ["download", "tour", "--to", "az://results"]):
        outcome = batchff(*words)
        assert (outcome.code, outcome.out) == (2, "")
        assert "takes a folder on this machine, not an address" in outcome.err
