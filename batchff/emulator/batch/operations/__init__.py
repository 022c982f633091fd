"""The operations of the REST API, one function each."""

from __future__ import annotations
