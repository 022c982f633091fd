from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from batchff.model.job_facts import JobFacts, read_job_facts
from batchff.model.limits import JobLimits
from batchff.model.stamp import stamp
from tests.model.test_limits import any_limits

words = st.text(string.ascii_letters + string.digits + "-_.", max_size=64)
places = st.text(string.ascii_letters + "%/: ", max_size=2000)
counts = st.integers(0, 10_000_000)

any_facts = st.builds(
    JobFacts,
    preset=words,
    arguments=words,
    input_set=words,
    input_container=words,
    output_container=words,
    source=places,
    to=places,
    inputs=words,
    files=counts,
    tasks=counts,
    outputs=counts,
    not_encoded=counts,
    plan=words,
    first_job=words,
    vm_size=words,
    slots=counts,
    limits=any_limits,
)


@given(any_facts)
def test_facts_come_back_from_metadata(facts: JobFacts) -> None:
    assert read_job_facts(facts.metadata()) == facts


@given(any_facts)
def test_they_fit_into_what_the_service_takes(facts: JobFacts) -> None:
    """It takes 8 KB, names and values together."""
    written = facts.metadata()
    assert sum(len(name) + len(value) for name, value in written.items()) < 8192
    assert all(text.isascii() for item in written.items() for text in item)


def test_a_job_of_another_program_has_none() -> None:
    assert read_job_facts({"preset": "mp3", "owner": "studio"}) is None


def test_a_stamp_alone_has_the_usual_limits_and_nothing_else() -> None:
    assert read_job_facts(stamp()) == JobFacts(limits=JobLimits())


def test_a_number_that_somebody_wrote_over_counts_as_missing() -> None:
    facts = read_job_facts({**JobFacts(files=3).metadata(), "batchff_files": "three"})
    assert facts is not None
    assert facts.files == 0
