"""What runs on a node: POSIX sh files, and what both sides know of files and exit codes there.

A script is filled in when it's sent: `encode.sh` gets its parts and the demuxers, a start task's
script the name and hash of its download.
"""

from __future__ import annotations
