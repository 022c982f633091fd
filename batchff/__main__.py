"""`python -m batchff`, and what the `batchff` script calls."""

from __future__ import annotations

import io
import signal
import sys

from batchff.errors import ExitCode


def main() -> None:
    """Run the command line and exit with its code; SIGTERM acts as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path that isn't valid text is printed as the bytes that it came as.
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        from batchff.cli.main import main as run  # Ctrl-C may come while it's loaded

        code = run()
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        code = ExitCode.INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
