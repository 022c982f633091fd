from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pool_facts import PoolFacts, read_pool_facts
from batchff.model.pools import PoolSpec
from batchff.model.stamp import stamp

words = st.text(string.ascii_letters + string.digits + "-_.:/", max_size=64)
counts = st.integers(0, 10_000)
any_spec = st.builds(
    PoolSpec,
    vm_size=words.filter(bool),
    nodes=counts,
    spot=counts,
    slots=counts,
    image=words,
    max_nodes=counts,
    fallback=st.booleans(),
    container_image=words,
    subnet=words,
    identity=words,
    ffmpeg=st.sampled_from(FfmpegSource).map(str),
    ffmpeg_sha256=words,
    ffmpeg_version=words,
)
times = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(microsecond=0))
SPEC = PoolSpec("Standard_D4s_v5", nodes=2, spot=0, slots=4, image="auto")


@given(st.builds(PoolFacts, spec=st.none() | any_spec, job=words, ffmpeg_until=st.none() | times))
def test_facts_come_back_from_metadata(facts: PoolFacts) -> None:
    assert read_pool_facts(facts.metadata()) == facts


def test_a_pools_metadata_hold_no_secret() -> None:
    url = "https://example.org/ffmpeg.tar.xz?sig=secret"
    facts = PoolFacts(replace(SPEC, ffmpeg="url", ffmpeg_url=url, ffmpeg_sha256="ab" * 32))
    assert "secret" not in str(facts.metadata()) + repr(facts)
    assert read_pool_facts(facts.metadata()) == PoolFacts(
        replace(SPEC, ffmpeg="url", ffmpeg_sha256="ab" * 32)
    )


def test_a_pool_of_another_program_has_no_facts() -> None:
    assert read_pool_facts({"vm_size": "Standard_D4s_v5", "job": "nightly"}) is None


@pytest.mark.parametrize("name", ["nodes", "spot", "slots", "max_nodes", "fallback"])
def test_a_specification_that_somebody_wrote_over_counts_as_missing(name: str) -> None:
    written = {**PoolFacts(SPEC, "nightly").metadata(), f"batchff_{name}": "a few"}
    assert read_pool_facts(written) == PoolFacts(job="nightly")


def test_a_pool_of_an_earlier_batchff_has_no_specification() -> None:
    assert read_pool_facts(stamp(job="nightly")) == PoolFacts(job="nightly")


@pytest.mark.parametrize(
    ("change", "source"),
    [({}, "apt"), ({"ffmpeg_sha256": "ab" * 32}, "url"), ({"container_image": "f:7"}, "container")],
)
def test_a_pool_of_before_says_by_its_other_facts_where_its_ffmpeg_is_from(
    change: dict[str, str], source: str
) -> None:
    metadata = PoolFacts(replace(SPEC, **change)).metadata()  # type: ignore[arg-type]
    del metadata["batchff_ffmpeg"]
    facts = read_pool_facts(metadata)
    assert facts is not None and facts.spec is not None
    assert facts.spec.ffmpeg == source


@pytest.mark.parametrize("written", ["tomorrow", "2026-11-30", ""])
def test_a_time_that_isnt_one_counts_as_missing(written: str) -> None:
    facts = read_pool_facts(stamp(ffmpeg_until=written))
    assert facts is not None and facts.ffmpeg_until is None
