"""Who may import whom; read from the source, so that an import in a function counts as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import batchff

# One worker reads the source for them all.
pytestmark = pytest.mark.xdist_group("layers")

PACKAGE = Path(batchff.__file__).parent


@dataclass(frozen=True)
class Import:
    """An import that a module makes; `for_types` when only a type checker sees it."""

    module: str
    of: str
    for_types: bool

    def __str__(self) -> str:
        return f"{self.module} imports {self.of}"


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(module: str, tree: ast.AST, for_types: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, for_types)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for alias in node.names:
                yield Import(module, f"{node.module}.{alias.name}", for_types)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imports_of(module, ast.Module(node.body, []), for_types=True)
            yield from imports_of(module, ast.Module(node.orelse, []), for_types)
        else:
            yield from imports_of(module, node, for_types)


@cache
def all_imports() -> list[Import]:
    """Read the source, and not yet when tests are collected: each worker collects them."""
    return [
        found
        for file in sorted(PACKAGE.rglob("*.py"))
        for found in imports_of(module_name(file), ast.parse(file.read_text("utf-8")))
    ]


def is_below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def layer_of(module: str) -> str:
    """The package below `batchff` that a module belongs to, or the module at the top itself."""
    return module.split(".")[1] if "." in module else module


# What a layer may import of batchff, beside itself and beside what only type checkers see.
# `batchff` is the version.
MAY_IMPORT = {
    "errors": set[str](),
    "wording": set[str](),
    "model": {"batchff", "errors"},
    "rules": {"errors", "model"},
    "events": {"model"},
    "results": {"model"},
    "profile": {"errors", "model", "rules"},
    "ffmpeg": {"errors", "model", "wording"},
    "node": {"model"},
    "cloud": {"batchff", "errors", "model", "profile"},
    "console": {"batchff", "errors", "events", "model", "results", "wording"},
    "pipeline": {
        "batchff",
        "cloud",
        "errors",
        "events",
        "ffmpeg",
        "model",
        "node",
        "rules",
        "wording",
    },
    "cli": {
        "batchff",
        "cloud",
        "console",
        "emulator",
        "errors",
        "events",
        "ffmpeg",
        "model",
        "node",
        "pipeline",
        "profile",
        "results",
        "rules",
        "wording",
    },
    "emulator": set[str](),
    "__main__": {"cli", "errors"},
    "batchff": set[str](),
}


def test_every_module_belongs_to_a_known_layer() -> None:
    files = (file for file in PACKAGE.rglob("*.py"))
    assert {layer_of(module_name(file)) for file in files} == MAY_IMPORT.keys()


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_the_layers_below_it(layer: str) -> None:
    allowed = {layer, *MAY_IMPORT[layer]}
    broken = [
        str(found)
        for found in all_imports()
        if layer_of(found.module) == layer
        and is_below(found.of, "batchff")
        and not found.for_types
        and imported_layer(found) not in allowed
    ]
    assert not broken


def imported_layer(found: Import) -> str:
    """`from batchff import events` imports the module, `from batchff import __version__` not."""
    layer = layer_of(found.of)
    return layer if layer in MAY_IMPORT else "batchff"


@pytest.mark.parametrize(
    ("distribution", "layer"),
    [
        ("azure", "cloud"),
        ("rich", "console"),
        ("jinja2", "console"),
        ("markupsafe", "console"),
        ("typer", "cli"),
    ],
)
def test_one_layer_alone_knows_a_library(distribution: str, layer: str) -> None:
    users = {layer_of(found.module) for found in all_imports() if is_below(found.of, distribution)}
    assert users == {layer}


def test_the_emulator_stands_alone_even_for_type_checkers() -> None:
    broken = [
        str(found)
        for found in all_imports()
        if is_below(found.module, "batchff.emulator")
        and is_below(found.of, "batchff", "azure", "rich", "typer")
        and not is_below(found.of, "batchff.emulator")
    ]
    assert not broken


def test_the_stages_know_the_console_only_by_its_type() -> None:
    used = {
        found.of
        for found in all_imports()
        if is_below(found.module, "batchff.pipeline") and is_below(found.of, "batchff.console")
    }
    assert used == {"batchff.console.reporter.Reporter"}


def test_only_the_emulator_serves_http() -> None:
    users = {
        layer_of(found.module)
        for found in all_imports()
        if is_below(found.of, "starlette", "uvicorn")
    }
    assert users == {"emulator"}


# Their own files are rooms, one each: what lies there is for several of the folders beside it.
GROUNDS = ("batchff", "batchff.pipeline", "batchff.cli", "batchff.cloud", "batchff.emulator")


def resolved(name: str, modules: frozenset[str]) -> str:
    """The module that an imported name is, or is in."""
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name


@cache
def graph_of_files() -> dict[str, set[str]]:
    modules = frozenset(module_name(file) for file in PACKAGE.rglob("*.py"))
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for found in all_imports():
        of = resolved(found.of, modules)
        if not found.for_types and of in modules - {found.module, "batchff"}:
            graph[found.module].add(of)
    return graph


def room_of(module: str) -> str:
    """The folder that a file lies in, or itself where it lies on a ground."""
    if (PACKAGE.parent / Path(*module.split("."))).is_dir():
        return module
    folder = module.rpartition(".")[0]
    return module if folder in GROUNDS else folder


def graph_of_rooms() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for module, imported in graph_of_files().items():
        room = graph.setdefault(room_of(module), set())
        room |= {room_of(of) for of in imported} - {room_of(module)}
    return graph


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """A circle of any length, or nothing."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert not circle_in(graph_of_files())


def test_no_folders_import_each_other_in_a_circle() -> None:
    assert not circle_in(graph_of_rooms())


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}})
