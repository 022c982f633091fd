"""What is stored, as the JSON that the service answers with."""

from __future__ import annotations
