"""Fixtures of this folder's tests."""

from __future__ import annotations

from tests.ffmpeg.presets.sources import clip, footage, recording, silent, whole_film

__all__ = ["clip", "footage", "recording", "silent", "whole_film"]
