"""Azure Batch and Azure Blob Storage on this machine, over their real REST protocols.

This package imports nothing of batchff outside itself: it is usable on its own by any program
that talks to Azure Batch.
"""

from __future__ import annotations
