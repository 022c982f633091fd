from __future__ import annotations

import re
from importlib import resources

import pytest

from batchff.node.exit_codes import NodeExit, node_exit_meaning


def test_the_exit_codes_are_those_that_the_scripts_use() -> None:
    codes = {script: codes_in(script) for script in ("encode.sh", "join.sh")}

    assert codes["join.sh"] == {exit.name: exit.value for exit in NodeExit}
    assert codes["encode.sh"] == {
        name: code for name, code in codes["join.sh"].items() if name != "CHUNK_MISSING"
    }


def codes_in(script: str) -> dict[str, int]:
    text = (resources.files("batchff.node") / script).read_text()
    return {name.upper(): int(code) for name, code in re.findall(r"(?m)^(\w+)=(\d\d)\b", text)}


@pytest.mark.parametrize("code", NodeExit)
def test_each_exit_code_of_the_script_has_a_meaning(code: NodeExit) -> None:
    assert node_exit_meaning(code.value)


@pytest.mark.parametrize("code", [0, 1, 2, 137, -9])
def test_other_exit_codes_have_none(code: int) -> None:
    assert node_exit_meaning(code) is None
