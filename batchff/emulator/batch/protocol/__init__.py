"""What all operations share: the call and its context, conditions, versions, lists, errors."""

from __future__ import annotations
