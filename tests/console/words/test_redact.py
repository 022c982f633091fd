from __future__ import annotations

import base64

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from batchff.console.words.redact import redact

KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiYXRjaGZmIn0.c2lnbmF0dXJlLW9mLTMyLWJ5dGVz"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (
            "https://a.blob.core.windows.net/c/b?sp=r&sig=n0t%2Fa%2Bsecret%3D&se=2026-01-01",
            "https://a.blob.core.windows.net/c/b?sp=r&sig=REDACTED&se=2026-01-01",
        ),
        (
            "'https://a.blob.core.windows.net/c/b?sig=n0t%2Fa%2Bsecret%3D' is gone",
            "'https://a.blob.core.windows.net/c/b?sig=REDACTED' is gone",
        ),
        (
            "copy of https%3A%2F%2Fa.example%2Fc%3Fsp%3Dr%26sig%3Dn0t%252Fa%252Bsecret",
            "copy of https%3A%2F%2Fa.example%2Fc%3Fsp%3Dr%26sig%3DREDACTED",
        ),
        (
            f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};EndpointSuffix=b",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=REDACTED;EndpointSuffix=b",
        ),
        (
            f"AccountName=a;accountkey={KEY}",
            "AccountName=a;accountkey=REDACTED",
        ),
        (
            "BlobEndpoint=https://a;SharedAccessSignature=sv=2025&sp=r&sig=n0t%2Fa",
            "BlobEndpoint=https://a;SharedAccessSignature=REDACTED&sp=r&sig=REDACTED",
        ),
        (
            f"{{'Authorization': 'SharedKey a:{KEY}', 'Accept': '*/*'}}",
            "{'Authorization': 'SharedKey a:REDACTED', 'Accept': '*/*'}",
        ),
        (f"authorization: SharedKeyLite a:{KEY}", "authorization: SharedKeyLite a:REDACTED"),
        (
            f"Authorization: Bearer {TOKEN}\r\nAccept: */*",
            "Authorization: Bearer REDACTED\r\nAccept: */*",
        ),
        (f"export AZURE_STORAGE_KEY={KEY}", "export AZURE_STORAGE_KEY=REDACTED"),
        (f"AZURE_BATCH_ACCESS_KEY='{KEY}'", "AZURE_BATCH_ACCESS_KEY='REDACTED'"),
    ],
)
def test_what_signs_in_is_taken_out_and_the_rest_stays(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "The ring bearer 2.mp4",
        "a design=1 of AccountName=a",
        "sigma=3",
        "SharedKey",
        "/mnt/media/2024/Harbour At Dusk.MOV",
        "a" * 200 + ".mp4",
    ],
)
def test_names_and_prose_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


keys = st.binary(min_size=32, max_size=64).map(lambda raw: base64.b64encode(raw).decode())
wild = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    before=wild,
    secret=keys,
    after=wild,
    form=st.sampled_from(
        [
            "&sig={}&",
            "?sig={}'",
            ";AccountKey={};",
            " SharedKey batchfflocal:{}\n",
            '"Bearer {}"',
        ]
    ),
)
@example(before="sig=", secret=KEY, after="", form="&sig={}&")
def test_a_secret_never_comes_through(before: str, secret: str, after: str, form: str) -> None:
    assume(secret not in before + after)
    assert secret not in redact(before + form.format(secret) + after)


@given(wild)
def test_what_was_redacted_stays_as_it_is(text: str) -> None:
    assert redact(redact(text)) == redact(text)
