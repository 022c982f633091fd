"""What a submit, or a job of files that are uploaded already, will do: nothing is sent yet."""

from __future__ import annotations
