"""What batchff writes into a blob's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchff.model.stamp import is_ours, stamp, stamped_fact


@dataclass(frozen=True, slots=True)
class BlobFacts:
    """What is known of a blob that batchff sent.

    `job` is the job whose nodes need it. `modified_ns` is when the file that it's made of was last
    modified, in nanoseconds since the epoch; None where that isn't known.
    """

    job: str = ""
    modified_ns: int | None = None

    def metadata(self) -> dict[str, str]:
        """Return the facts as metadata, stamped; what is empty is left out."""
        facts = {"job": self.job} if self.job else {}
        if self.modified_ns is not None:
            facts["modified"] = str(self.modified_ns)
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
    return BlobFacts(stamped_fact(metadata, "job") or "", modified)
