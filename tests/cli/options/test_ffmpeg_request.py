from __future__ import annotations

from datetime import timedelta

import pytest

from batchff.cli.invocation import Invocation
from batchff.cli.options.ffmpeg_request import (
    AskedFfmpeg,
    asked_ffmpeg,
    supplied,
    supply_of,
)
from batchff.cli.options.pool_request import asked_pool
from batchff.errors import ProfileError, UsageError
from batchff.ffmpeg.nodes_build import nodes_version
from batchff.model.node_ffmpeg import FfmpegSource

X86, ARM = "Standard_D4s_v5", "Standard_D4ps_v5"
URL = "https://example.org/ffmpeg.tar.xz"
SHA256 = "ab" * 32
BUNDLED = AskedFfmpeg(FfmpegSource.BUNDLED, version=nodes_version())


@pytest.fixture
def _azure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_ENDPOINT", "https://a.westeurope.batch.azure.com")


def invocation(**flags: str) -> Invocation:
    made = Invocation()
    made.take_flags({f"pool.{name}": value for name, value in flags.items()})
    return made


def asked(vm_size: str = X86, **flags: str) -> AskedFfmpeg:
    return asked_ffmpeg(invocation(**flags).profile, vm_size)


@pytest.mark.usefixtures("_azure")
def test_without_a_word_nodes_get_what_fits_them() -> None:
    assert asked() == BUNDLED
    assert asked(ARM) == AskedFfmpeg(FfmpegSource.APT)
    assert asked(container_image="ffmpeg:7") == AskedFfmpeg(FfmpegSource.CONTAINER)


def test_the_emulators_nodes_have_theirs() -> None:
    assert asked() == asked(ARM) == AskedFfmpeg(FfmpegSource.IMAGE)
    assert asked(ffmpeg="bundled") == BUNDLED


@pytest.mark.usefixtures("_azure")
@pytest.mark.parametrize("source", ["bundled", "image", "apt"])
def test_what_is_asked_for_is_taken(source: str) -> None:
    assert asked(ffmpeg=source).source == source
    assert asked(ffmpeg=URL, ffmpeg_sha256=SHA256) == AskedFfmpeg(FfmpegSource.URL, URL, SHA256)


@pytest.mark.usefixtures("_azure")
def test_the_former_key_still_names_a_static_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_POOL_FFMPEG_URL", URL)
    monkeypatch.setenv("BATCHFF_POOL_FFMPEG_SHA256", SHA256)
    assert asked() == AskedFfmpeg(FfmpegSource.URL, URL, SHA256)
    assert asked(ffmpeg="bundled") == BUNDLED, "a flag comes before the environment"


@pytest.mark.usefixtures("_azure")
def test_what_doesnt_go_together_is_a_usage_error() -> None:
    for flags in (
        {"ffmpeg": URL},
        {"ffmpeg_sha256": SHA256},
        {"ffmpeg": "apt", "ffmpeg_sha256": SHA256},
        {"ffmpeg": "bundled", "container_image": "ffmpeg:7"},
        {"ffmpeg": "bundled", "vm_size": ARM},
    ):
        with pytest.raises(UsageError):
            asked_pool(invocation(**flags))
    assert asked_pool(invocation(ffmpeg="image", container_image="f:7")).ffmpeg == "container"


@pytest.mark.usefixtures("_azure")
def test_only_the_bundled_one_needs_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert supply_of(invocation(), None) is None
    assert supply_of(invocation(), asked_pool(invocation(ffmpeg="apt"))) is None
    call = invocation()
    with pytest.raises(ProfileError, match="no storage account is set up for nodes"):
        supply_of(call, asked_pool(call))
    monkeypatch.setenv("BATCHFF_STORAGE_ACCOUNT", "mystorage")
    monkeypatch.setenv("BATCHFF_STORAGE_KEY", "a2V5")
    monkeypatch.setenv("BATCHFF_JOB_QUEUE_TIME", "1d")
    call = invocation()
    supply = supply_of(call, asked_pool(call))
    assert supply is not None
    assert (supply.container, supply.needed) == ("batchff-ffmpeg", timedelta(days=3))


@pytest.mark.usefixtures("_azure")
def test_a_pool_without_a_storage_account_installs_its_images(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = invocation()
    spec, supply = supplied(call, asked_pool(call))
    assert (spec.ffmpeg, spec.ffmpeg_version, supply) == ("apt", "", None)
    assert capsys.readouterr().err == (
        "warning: no storage account is set up for nodes to fetch their ffmpeg from; so the "
        "nodes install ffmpeg by their image's package manager\n"
    )
    asked = invocation(ffmpeg="bundled")
    with pytest.raises(ProfileError):
        supplied(asked, asked_pool(asked))
