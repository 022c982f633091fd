"""Signing in: identities, the clouds they belong to, and why a service refuses one."""

from __future__ import annotations
