"""Azure Batch and Blob Storage in batchff's own terms; nothing else imports `azure`."""

from __future__ import annotations

import logging

# The packages log what they also raise; without a handler, Python prints it on stderr.
logging.getLogger("azure").addHandler(logging.NullHandler())
