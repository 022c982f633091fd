"""`python -m batchff`, and what the `batchff` script calls."""

from __future__ import annotations

import io
import sys

from batchff.cli.main import main as run


def main() -> None:
    """Run the command line and exit with its code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path that isn't valid text leaves as the bytes it came as.
        sys.stdout.reconfigure(errors="surrogateescape")
    sys.exit(run())


if __name__ == "__main__":
    main()
