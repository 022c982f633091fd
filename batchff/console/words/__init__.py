"""Words that all consoles share: names, sizes and errors as people read them, without secrets."""

from __future__ import annotations
