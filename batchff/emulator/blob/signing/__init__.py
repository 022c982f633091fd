"""Who may do what: signatures of requests, SAS, user delegation keys, tokens."""

from __future__ import annotations
