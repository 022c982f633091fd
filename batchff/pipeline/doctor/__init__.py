"""Doctor: what would fail, before it costs anything. It makes nothing and removes nothing.

`examine` is the order of the checks; each module beside it holds one kind of them.
"""

from __future__ import annotations

from batchff.pipeline.doctor.check import Check, Examination, Status
from batchff.pipeline.doctor.examine import (
    Access,
    Subject,
    examine,
    examine_access,
    examine_machine,
)
from batchff.pipeline.doctor.services import Service

__all__ = [
    "Access",
    "examine_access",
    "Check",
    "Examination",
    "Service",
    "Status",
    "Subject",
    "examine",
    "examine_machine",
]
