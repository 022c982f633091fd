"""Blobs: requests signed and sent, uploads, downloads and listings."""

from __future__ import annotations
