from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.test_encode import Node


@pytest.fixture
def node(tmp_path: Path, ffmpeg: Path) -> Node:
    """A node that has each ffmpeg in turn."""
    return Node(tmp_path, ffmpeg)
