from __future__ import annotations

import re
from importlib import resources

import pytest

from batchff.node.exit_codes import NodeExit, node_exit_meaning


def test_the_exit_codes_are_those_that_the_script_uses() -> None:
    script = (resources.files("batchff.node") / "encode.sh").read_text()

    in_the_script = {
        name.upper(): int(code) for name, code in re.findall(r"(?m)^(\w+)=(\d+) +# ", script)
    }
    assert in_the_script == {exit.name: exit.value for exit in NodeExit}


@pytest.mark.parametrize("code", NodeExit)
def test_each_exit_code_of_the_script_has_a_meaning(code: NodeExit) -> None:
    assert node_exit_meaning(code.value)


@pytest.mark.parametrize("code", [0, 1, 2, 137, -9])
def test_other_exit_codes_have_none(code: int) -> None:
    assert node_exit_meaning(code) is None
