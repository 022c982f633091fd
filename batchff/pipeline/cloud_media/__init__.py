"""Media that is in the cloud already, and outputs that stay there: addresses, SAS, listings."""

from __future__ import annotations
