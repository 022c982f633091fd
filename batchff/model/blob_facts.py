"""What batchff writes into a blob's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchff.model.stamp import is_ours, stamp, stamped_fact


@dataclass(frozen=True, slots=True)
class BlobFacts:
    """What is known of a blob that batchff sent, or had a node send.

    `job` is the job whose nodes need it or, with `is_output`, the one that made it: then it is an
    output at a place that the user named, among blobs of others. `modified_ns` is when the file
    that it's made of was last modified, in nanoseconds since the epoch; None where that isn't
    known. On a job's plan, `to` is the place of the job's outputs, where the user named one. `made`
    is on an output in its job's own folder, and on its verdict: a hash of what it's made from.
    """

    job: str = ""
    modified_ns: int | None = None
    is_output: bool = False
    to: str = ""
    made: str = ""

    def metadata(self) -> dict[str, str]:
        """Return the facts as metadata, stamped; what is empty is left out."""
        facts = {"job": self.job} if self.job else {}
        if self.modified_ns is not None:
            facts["modified"] = str(self.modified_ns)
        if self.is_output:
            facts["output"] = "1"
        if self.to:
            facts["to"] = self.to
        if self.made:
            facts["made"] = self.made
        return stamp(**facts)


def read_blob_facts(metadata: Mapping[str, str]) -> BlobFacts | None:
    """Return the facts in a blob's metadata; None where batchff didn't send the blob.

    Somebody may have changed the metadata: a time that isn't one counts as missing.
    """
    if not is_ours(metadata):
        return None
    try:
        modified = int(stamped_fact(metadata, "modified") or "")
    except ValueError:
        modified = None
    return BlobFacts(
        stamped_fact(metadata, "job") or "",
        modified,
        is_output=stamped_fact(metadata, "output") is not None,
        to=stamped_fact(metadata, "to") or "",
        made=stamped_fact(metadata, "made") or "",
    )
