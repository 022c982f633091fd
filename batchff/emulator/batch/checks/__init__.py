"""What requests may ask for, beyond the form of their bodies; refused with a BatchError."""

from __future__ import annotations
