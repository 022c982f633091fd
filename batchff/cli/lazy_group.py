"""Groups of commands that load only the commands that are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from batchff.cli.commands import App, Group


class LazyGroup(Group):
    """A group that imports the module of a command once that command is called.

    `modules` is the module of each command. The module's `app` holds the command, perhaps with
    others, or is the group of that name.
    """

    modules: ClassVar[Mapping[str, str]]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": _Commands(self.modules)})


class _Commands(Mapping[str, TyperCommand | TyperGroup]):
    """Commands by name. A command is built when it's looked up; the names are known before."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        module = self._modules[name]
        if name not in self._built:
            group = App()
            group.add_typer(import_module(module).app)
            self._built |= get_group(group).commands
        command: TyperCommand | TyperGroup = self._built[name]
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)
