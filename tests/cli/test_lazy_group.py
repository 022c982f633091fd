from __future__ import annotations

from types import ModuleType

import pytest
from typer.main import get_group

from batchff.cli import main
from batchff.cli.job import group as job
from batchff.cli.pool import group as pool


@pytest.mark.parametrize("group", [main, job, pool], ids=lambda group: group.__name__)
def test_each_command_is_in_the_module_that_its_group_names(group: ModuleType) -> None:
    commands = get_group(group.app).commands
    assert [command.name for command in commands.values()] == list(group.Commands.modules)
