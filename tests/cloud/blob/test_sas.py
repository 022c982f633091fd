from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from azure.storage.blob import generate_blob_sas, generate_container_sas
from hypothesis import given
from hypothesis import strategies as st

from batchff.cloud.blob.sas import key_sas
from tests.cloud.small_servers import KEY_OF_NOTHING

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXPIRY = START + timedelta(hours=1)


def facts(query: str) -> dict[str, list[str]]:
    return parse_qs(query, strict_parsing=True)


@given(
    blob=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
    permission=st.sampled_from(["r", "rw", "d"]),
)
def test_a_blobs_sas_is_the_one_that_the_sdk_makes(blob: str, permission: str) -> None:
    ours = key_sas(
        *("account", KEY_OF_NOTHING, "videos", blob),
        permission=permission,
        start=START,
        expiry=EXPIRY,
    )
    theirs = generate_blob_sas(
        *("account", "videos", blob),
        account_key=KEY_OF_NOTHING,
        permission=permission,
        start=START,
        expiry=EXPIRY,
    )
    differing = {"sv", "sig"}
    assert {k: v for k, v in facts(ours).items() if k not in differing} == {
        k: v for k, v in facts(theirs).items() if k not in differing
    }


def test_a_container_has_a_sas_of_its_own_kind() -> None:
    ours = key_sas(
        *("account", KEY_OF_NOTHING, "videos"), permission="cw", start=START, expiry=EXPIRY
    )
    theirs = generate_container_sas(
        *("account", "videos"),
        account_key=KEY_OF_NOTHING,
        permission="cw",
        start=START,
        expiry=EXPIRY,
    )
    assert (facts(ours)["sr"], facts(ours)["sp"]) == (facts(theirs)["sr"], facts(theirs)["sp"])
