"""What the documents say of the repository is so: paths, links, dependencies, commands."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.errors import ExitCode

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
DOCUMENTS = (
    README,
    ROOT / "batchff" / "emulator" / "README.md",
    *sorted((ROOT / ".github").rglob("*.md")),
)

_TOPS = {"batchff", "tests", "completions", ".ci", ".github"}
_FILES = {"pyproject.toml", "README.md", "CHANGELOG.md"}
_PATTERN_OF_PATHS = re.compile(r".*/a/(test_)?b\.py")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def paths_in(text: str) -> set[str]:
    """The paths of the repository that a text names as code."""
    words = {word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()}
    return {
        word
        for word in words
        if word in _FILES or ("/" in word and word.partition("/")[0] in _TOPS)
        if not _PATTERN_OF_PATHS.fullmatch(word)
    }


def headings_of(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_path_that_a_document_names_exists(document: Path) -> None:
    named = paths_in(document.read_text("utf-8"))
    assert not {path for path in named if not (ROOT / path).exists()}


def test_the_map_names_enough_paths_for_this_to_mean_something() -> None:
    assert len(paths_in(CONTRIBUTING.read_text("utf-8"))) > 60


def pointers_in(text: str) -> set[tuple[str, str]]:
    """The names that a text says are in a file: `NAME` in `PATH`, or `PATH` (… `NAME` …)."""
    inside = re.findall(r"`(batchff/[^`]+\.(?:py|sh))` \(([^)]*)\)", text)
    return {
        *re.findall(r"`([A-Za-z_.]+)` in `(batchff/[^`]+\.(?:py|sh))`", text),
        *((name, path) for path, said in inside for name in re.findall(r"`([A-Za-z_.]+)`", said)),
    }


def names_defined_in(path: Path) -> set[str]:
    """The functions and variables of a file; those of a class follow its name and a dot."""
    source = path.read_text("utf-8")
    if path.suffix == ".sh":
        return set(re.findall(r"^(\w+)(?:\(\)|=)", source, re.MULTILINE))
    return set(_names_of(ast.parse(source).body))


def _names_of(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from _names_of(inner, f"{prefix}{name}.")
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield prefix + name


def test_each_name_in_code_that_the_map_points_to_is_defined_in_its_file() -> None:
    pointers = pointers_in(CONTRIBUTING.read_text("utf-8"))
    assert len(pointers) > 15
    assert not {
        (name, path) for name, path in pointers if name not in names_defined_in(ROOT / path)
    }


def test_a_name_that_a_file_only_uses_isnt_defined_there() -> None:
    assert pointers_in("`fail` in `batchff/node/encode.sh`") == {("fail", "batchff/node/encode.sh")}
    assert "fail" not in names_defined_in(ROOT / "batchff" / "node" / "encode.sh")
    assert "fail" in names_defined_in(ROOT / "batchff" / "node" / "encode" / "endings.sh")
    items = names_defined_in(ROOT / "batchff" / "model" / "items.py")
    assert {"Work", "ItemTask.depends_on", "count_items"} <= items
    assert not {"depends_on", "StrEnum", "dataclass"} & items


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_link_to_a_file_leads_to_one(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)", document.read_text("utf-8"))
    for path, anchor in links:
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in headings_of(target), f"{path}#{anchor}"


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 150


TOPICS = sorted((ROOT / ".github" / "docs").glob("*.md"))


@pytest.mark.parametrize("document", TOPICS, ids=name_of)
def test_commands_in_a_topic_fit_a_terminal_of_80_columns(document: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert not [line for block in blocks for line in block.splitlines() if len(line) > 78]


def test_the_readme_names_each_topic() -> None:
    readme = README.read_text("utf-8")
    assert not [path.name for path in TOPICS if f"[{path.stem}](.github/docs/" not in readme]


def test_each_exit_code_is_explained() -> None:
    table = (ROOT / ".github" / "docs" / "exit-codes.md").read_text("utf-8")
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_the_readme_says_what_each_dependency_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    names = {re.match(r"[A-Za-z0-9-]+", each)[0] for each in wanted}  # type: ignore[index]
    table = README.read_text("utf-8").partition("## What it is made of")[2]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    told = {name for row in rows for name in re.split(r",\s+|\s+\(.*", row)}
    assert names <= told
