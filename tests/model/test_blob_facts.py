from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchff.model.blob_facts import BlobFacts, read_blob_facts
from batchff.model.stamp import stamp


@given(
    st.text("abc-_1"),
    st.none() | st.integers(),
    st.booleans(),
    st.text("abc/%20"),
    st.text("0af"),
)
def test_facts_come_back_from_metadata(
    job: str, modified_ns: int | None, is_output: bool, to: str, made: str
) -> None:
    facts = BlobFacts(job, modified_ns, is_output, to, made)
    assert read_blob_facts(facts.metadata()) == facts


def test_a_blob_of_another_program_has_no_facts() -> None:
    assert read_blob_facts({"job": "nightly", "modified": "1"}) is None
    assert read_blob_facts({}) is None


def test_a_time_that_somebody_wrote_over_counts_as_missing() -> None:
    assert read_blob_facts(stamp(job="nightly", modified="noon")) == BlobFacts("nightly")
