"""`python -m batchff`, and what the `batchff` script calls."""

from __future__ import annotations

import sys

from batchff.cli.main import main as run


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
