"""What is known of a job or a pool, for `job show` and `pool show`."""

from __future__ import annotations
