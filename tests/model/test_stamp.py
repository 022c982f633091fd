from __future__ import annotations

from batchff import __version__
from batchff.model.stamp import is_ours, stamp, stamped_fact


def test_a_stamp_says_which_batchff_made_a_thing_and_facts_of_it() -> None:
    assert stamp() == {"batchff": __version__}
    assert stamp(job="nightly") == {"batchff": __version__, "batchff_job": "nightly"}


def test_only_what_has_the_stamp_is_ours() -> None:
    assert is_ours(stamp())
    assert not is_ours({"batchff_job": "nightly"})
    assert not is_ours({})


def test_a_fact_is_read_by_its_name_alone() -> None:
    assert stamped_fact(stamp(job="nightly"), "job") == "nightly"
    assert stamped_fact(stamp(), "job") is None
    assert stamped_fact({"job": "nightly"}, "job") is None
