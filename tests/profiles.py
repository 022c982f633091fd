"""A profile file as a user may have written it."""

from __future__ import annotations

STUDIO = """\
# The accounts of the studio.
default = "studio"

[profiles.studio]  # in Amsterdam
auth = "key"  # until the end of the year
batch_account = "studio-file"

[profiles.studio.pool]
# Spot nodes are cheap.
spot = 8

[profiles.archive]
storage_account = "archive"
"""
