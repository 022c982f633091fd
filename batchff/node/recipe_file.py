"""The file that tells a node what to run, and which outputs that must make."""

from __future__ import annotations

from batchff.model.recipes import Recipe, RecipeOutput, Run

_MEASURES = ("", "loudness", "duration")


def recipe_file(recipe: Recipe) -> bytes:
    """Return what `encode.sh` reads of a recipe: a line for each thing, its kind in front.

    Bytes of the user's command line that weren't text arrive as they were. Raises ValueError for a
    line break, a zero byte and what no node can run. Such a recipe is a defect of batchff: users'
    mistakes are refused before.
    """
    if not recipe.runs or not recipe.outputs:
        raise ValueError(f"recipe {recipe.name!r} has no run, or no output")
    lines = [f"D{_checked(folder)}" for folder in recipe.folders]
    lines += [
        f"{'G' if output.is_folder else 'F'}{_checked(output.node_name)}"
        for output in recipe.outputs
    ]
    for run in recipe.runs:
        if run.measures not in _MEASURES:
            raise ValueError(f"no node measures {run.measures!r}")
        lines += [f"R{run.measures}", *(f"A{argument}" for argument in run.arguments)]
    for line in lines:
        if "\n" in line or "\0" in line:
            raise ValueError(f"{line[1:]!r} holds a line break or a zero byte")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def read_recipe_file(content: bytes, name: str) -> Recipe:
    """Return the recipe of that name which `recipe_file` wrote.

    Its outputs are what a node is told of them: their `node_name`, and whether they are folders.
    Raises ValueError for a line of another kind.
    """
    folders: list[str] = []
    outputs: list[RecipeOutput] = []
    runs: list[tuple[str, list[str]]] = []
    for line in content.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        kind, text = line[:1], line[1:]
        match kind:
            case "D":
                folders.append(text)
            case "F" | "G":
                outputs.append(RecipeOutput(text, is_folder=kind == "G"))
            case "R":
                runs.append((text, []))
            case "A" if runs:
                runs[-1][1].append(text)
            case _:
                raise ValueError(f"recipe {name!r} has a line that isn't known: {line!r}")
    made = tuple(Run(tuple(arguments), measures) for measures, arguments in runs)
    return Recipe(name, made, tuple(outputs), tuple(folders))


def _checked(name: str) -> str:
    """Return the name of an output or a folder; raise ValueError where it isn't within the node's.

    `encode.sh` checks it alike.
    """
    if not name or name.startswith(("/", "-")) or ".." in name.split("/"):
        raise ValueError(f"{name!r} can't be the name of an output on a node")
    return name
