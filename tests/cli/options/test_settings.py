"""Options made from the profile's keys, on a command of the test's own."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.main import get_command

from batchff.cli.invocation import Invocation
from batchff.cli.options.settings import with_settings
from batchff.console.reporter import CommandResult
from batchff.results.profile import ProfilePath


def settings_of(*words: str) -> dict[str, Any]:
    """What a command with the settings of pools and jobs takes from these options."""
    app = typer.Typer()

    @app.command()
    @with_settings("pool", "job")
    def command(context: typer.Context, own: bool = False) -> CommandResult:
        assert own
        return CommandResult(ProfilePath(""))

    invocation = Invocation()
    get_command(app)([*words, "--own"], obj=invocation, standalone_mode=False)
    return {key: value for key, value in invocation.flags.settings.items() if value is not None}


def test_an_option_counts_as_the_setting_of_its_name() -> None:
    assert settings_of("--slots", "3", "--vm-size", "Standard_D2s_v5", "--retries", "2") == {
        "pool.slots": 3,
        "pool.vm_size": "Standard_D2s_v5",
        "job.retries": 2,
    }


def test_what_isnt_given_is_left_to_the_profile() -> None:
    assert settings_of() == {}


def test_a_switch_is_on_or_off() -> None:
    assert settings_of("--fallback") == {"pool.fallback": "on"}
    assert settings_of("--no-fallback") == {"pool.fallback": "off"}


def test_a_duration_stays_as_it_was_written() -> None:
    assert settings_of("--task-timeout", "90m") == {"job.task_timeout": "90m"}


@pytest.mark.parametrize("words", [("--slots", "many"), ("--task-timeout", "soon")])
def test_a_value_that_cant_be_is_a_usage_error(words: tuple[str, str]) -> None:
    with pytest.raises(typer.TyperException):
        settings_of(*words)
