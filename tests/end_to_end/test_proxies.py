"""Both services, and sign-in, through proxies that are reached by TLS or speak SOCKS."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from batchff.emulator.launch import Connection
from batchff.errors import ExitCode
from batchff.profile import profile_file
from batchff.profile.changes import set_keys
from tests.cloud.http.socks import running_socks
from tests.commands import Batchff
from tests.end_to_end.test_sign_in import settings_of
from tests.identity.certificates import Certificates
from tests.identity.proxy import running_proxy
from tests.identity.sign_in import SignIn
from tests.silence import silence

# The emulator over TLS is theirs.
pytestmark = pytest.mark.xdist_group("sign-in")

USER, PASSWORD = "somebody", "a s@fe:one"
WRITTEN = f"{USER}:a%20s%40fe:one"

KINDS = pytest.mark.parametrize("kind", ["https", "socks5h"])


@pytest.fixture
def account(
    emulator_over_tls: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """The emulator over TLS, and a folder with a clip in it."""
    monkeypatch.chdir(tmp_path)
    file = Path("videos", "silence.wav")
    file.parent.mkdir()
    file.write_bytes(silence())
    monkeypatch.setenv("no_proxy", "")
    return emulator_over_tls


@contextmanager
def proxy_of(kind: str, certificates: Certificates) -> Iterator[tuple[str, list[str]]]:
    """Run a proxy that wants to know who asks; give its host and port, and what it was asked."""
    signed = f"{USER}:{PASSWORD}"
    if kind == "https":
        with running_proxy(certificates=certificates, user=signed) as (url, asked):
            yield urlsplit(url).netloc, asked
    else:
        with running_socks(user=signed) as found:
            yield found


@KINDS
def test_the_stages_go_through_a_proxy(
    kind: str,
    account: Connection,
    sign_in: SignIn,
    certificates: Certificates,
    run: Batchff,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    set_keys(profile_file(), kind, settings_of("service-principal", account))
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    said = ""

    def stage(*words: str | Path) -> str:
        nonlocal said
        done = run(*words)
        assert done.code == 0, done
        said += done.out + done.err
        return done.out

    with proxy_of(kind, certificates) as (proxy, asked):
        monkeypatch.setenv("https_proxy", f"{kind}://{WRITTEN}@{proxy}")
        stage("upload", "videos", "--to", kind)
        stage("pool", "create", f"proxied-{kind}")
        stage("job", "submit", "--input", kind, "--pool", f"proxied-{kind}", "--job", kind)
        stage("watch", kind, "--timeout", "1m")
        assert kind in stage("job", "list")
        stage("download", kind, "--to", "home")
        stage("cleanup", kind, "--pool", "--inputs", "--outputs", "--yes")
    assert Path("home", "silence.mp3").stat().st_size > 0
    assert {urlsplit(url).netloc for url in (account.batch_endpoint, account.blob_endpoint)} < set(
        asked
    )
    assert urlsplit(sign_in.url).netloc in asked
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    for secret in (PASSWORD, WRITTEN, b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
        assert secret not in said + caplog.text


@KINDS
@pytest.mark.parametrize("words", [("job", "list"), ("upload", "videos", "--to", "nowhere")])
def test_a_proxy_that_refuses_somebody_is_one_line_at_once(
    kind: str,
    words: tuple[str, ...],
    account: Connection,
    certificates: Certificates,
    run: Batchff,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    set_keys(profile_file(), kind, settings_of("keys", account))
    with proxy_of(kind, certificates) as (proxy, asked):
        monkeypatch.setenv("https_proxy", f"{kind}://{USER}:not-the-one@{proxy}")
        refused = run("--quiet", *words)
    assert refused.code == ExitCode.ERROR
    [line] = refused.err.splitlines()
    assert ("407" if kind == "https" else "SOCKS5 authentication failed") in line
    assert "not-the-one" not in refused.err + refused.out + caplog.text
    assert "Basic" not in refused.err + caplog.text
