from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import UsageError
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.address import (
    is_address,
    read_address,
    read_own_address,
    read_sources,
    refuse_address,
)

SAS = "sv=2021-12-02&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=secret%3D"
HOST = "https://studio.blob.core.windows.net"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("az://media", BlobPlace("media")),
        ("az://media/", BlobPlace("media")),
        ("AZ://media/in/", BlobPlace("media", "in")),
        # A name is taken as it's written: nothing of it is escaped.
        ("az://media/a b/%41?", BlobPlace("media", "a b/%41?")),
        ("az://$web/films", BlobPlace("$web", "films")),
        (f"{HOST}/media/in?{SAS}", BlobPlace("media", "in", HOST, SAS)),
        (f"{HOST}/media?{SAS}", BlobPlace("media", "", HOST, SAS)),
        (
            f"HTTPS://Studio.blob.core.windows.net/media/a%20b/?{SAS}",
            BlobPlace("media", "a b", HOST),
        ),
        (
            f"http://127.0.0.1:10000/devstoreaccount1/media/in/a?{SAS}",
            BlobPlace("media", "in/a", "http://127.0.0.1:10000/devstoreaccount1"),
        ),
        (
            f"http://localhost:1/batchfflocal/media?{SAS}",
            BlobPlace("media", "", "http://localhost:1/batchfflocal"),
        ),
        (f"http://azurite:1/acc/media?{SAS}", BlobPlace("media", "", "http://azurite:1/acc")),
        (f"http://[::1]:1/acc/media?{SAS}", BlobPlace("media", "", "http://[::1]:1/acc")),
    ],
)
def test_an_address_names_a_place(text: str, place: BlobPlace) -> None:
    assert read_address(text) == place
    assert read_sources([text]) == place


def test_a_urls_sas_is_kept_as_it_is() -> None:
    assert read_address(f"{HOST}/media?{SAS}").sas == SAS


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("az:/media/in", "'az:/media/in' is no address", "write az://media/in"),
        ("az:media", "'az:media' is no address", "write az://media"),
        ("az:", "'az:' is no address", "write az://CONTAINER/PREFIX"),
        ("az://", "names no container", "as in az://CONTAINER/PREFIX"),
        ("az:///media", "names no container", "as in az://CONTAINER/PREFIX"),
        ("az://Media", "'Media' is no container's name", "lower-case letters"),
        ("az://$logs", "is no container's name", ""),
        ("az://media/in?sv=1&sig=secret", "has no SAS", "give the whole URL with https://"),
        ("s3://bucket/in", "batchff reads nothing from s3://", "az://CONTAINER/PREFIX"),
        ("wasbs://media@studio/in?sig=secret", "batchff reads nothing from wasbs://", "az://"),
        (f"{HOST}?{SAS}", "the URL names no container", "as in"),
        (f"{HOST}/My_Media?{SAS}", "the URL names no container", "lower-case"),
        ("http://127.0.0.1:1/acc?sig=secret", "the URL names no container", "as in"),
        (f"http://studio.blob.core.windows.net/media?{SAS}", "without TLS", "write https://"),
        (f"https://me:secret@studio.net/media?{SAS}", "a user's name", "leave it out"),
        (f"{HOST}/media/a#1.mov?{SAS}", "has a # in it", "write %23"),
        ("https:///media?sig=secret", "the URL can't be read", "quote it"),
        ("https://[::1/media?sig=secret", "the URL can't be read", "quote it"),
        ("https://a.net:port/media?sig=secret", "the URL can't be read", "quote it"),
        (f"az://media/{'ü' * 400}", "the prefix is too long", "shorter"),
    ],
)
def test_each_typo_is_told_by_one_error_and_no_secret(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_address(text)
    error = raised.value
    assert said in error.message
    assert hint in error.hint
    assert "secret" not in f"{error.message} {error.hint}"


def test_what_is_no_address_is_a_path() -> None:
    assert read_sources(["videos", "a:b.mov"]) == [Path("videos"), Path("a:b.mov")]
    assert not is_address("C:\\videos")
    assert not is_address("./az:x")


@pytest.mark.parametrize("other", ["videos", "az://others"])
def test_an_address_is_alone(other: str) -> None:
    with pytest.raises(UsageError, match="can't be given with another address"):
        read_sources(["az://media", other])


def test_outputs_go_to_the_profiles_own_account() -> None:
    assert read_own_address("az://results/x", "--to") == BlobPlace("results", "x")
    for wrong, said in (("results", "--to takes an address"), (f"{HOST}/c1x?{SAS}", "own storage")):
        with pytest.raises(UsageError, match=said):
            read_own_address(wrong, "--to")


def test_where_a_folder_is_asked_for_an_address_is_refused() -> None:
    refuse_address(None, "--out", "")
    refuse_address(Path("videos"), "--out", "")
    # So is one of which a path has taken a slash.
    with pytest.raises(UsageError, match="--out takes a folder on this machine") as raised:
        refuse_address(Path("az://results"), "--out", "use --to")
    assert raised.value.hint == "use --to"
