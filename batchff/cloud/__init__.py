"""Azure Batch and Blob Storage in batchff's own terms; nothing else imports `azure`."""

from __future__ import annotations
