"""Pools: specify, make, scale, resize and watch them."""

from __future__ import annotations
