"""What happens on a node: directories, files that come and go, processes. No HTTP."""

from __future__ import annotations
