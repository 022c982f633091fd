"""The file that says what a node runs, and which outputs it must make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batchff.model.inspection import StreamKind
from batchff.model.recipes import (
    Count,
    Promise,
    PromisedStream,
    Quality,
    Recipe,
    RecipeOutput,
    Run,
)

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
    for output in recipe.outputs:
        lines.append(f"{'G' if output.is_folder else 'F'}{_checked(output.node_name)}")
        lines += [f"P{words}" for words in _promised(output.promise)]
    lines += [f"Q{words}" for words in _asked(recipe)]
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

    Its outputs have only what a node knows of them: their `node_name`, whether they are folders,
    and what is promised of them. Raises ValueError for a line of another kind.
    """
    folders: list[str] = []
    outputs: list[RecipeOutput] = []
    runs: list[tuple[str, list[str]]] = []
    asked: list[str] = []
    for line in content.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        kind, text = line[:1], line[1:]
        match kind:
            case "D":
                folders.append(text)
            case "F" | "G":
                outputs.append(RecipeOutput(text, is_folder=kind == "G"))
            case "P" if outputs:
                promise = _with_promised(outputs[-1].promise, text.split(" "))
                outputs[-1] = replace(outputs[-1], promise=promise)
            case "Q":
                asked.append(text)
            case "R":
                runs.append((text, []))
            case "A" if runs:
                runs[-1][1].append(text)
            case _:
                raise ValueError(f"recipe {name!r} has a line that isn't known: {line!r}")
    made = tuple(Run(tuple(arguments), measures) for measures, arguments in runs)
    recipe = Recipe(name, made, tuple(outputs), tuple(folders))
    return _with_asked(recipe, asked) if asked else recipe


def _asked(recipe: Recipe) -> Iterator[str]:
    """Yield which quality and size are asked for."""
    if recipe.smaller_by is not None:
        yield f"smaller {recipe.smaller_by:g}"
    quality = recipe.quality
    if quality is None:
        return
    yield f"aim {quality.metric} {quality.target:g} {quality.tolerance:g}"
    numbers = (quality.best, quality.worst, quality.step, quality.start, quality.slope)
    yield " ".join(("crf", *(f"{number:g}" for number in numbers), str(quality.fine_since)))
    yield f"film {quality.film}"
    if quality.chain:
        yield f"filter {quality.chain}"
    if quality.before_input:
        if any(not word or set(word) & set(" \t*?[") for word in quality.before_input):
            raise ValueError("words before the input of a sample can't have blanks or patterns")
        yield " ".join(("input", *quality.before_input))
    for word in quality.words:
        yield f"word {word}"


def _with_asked(recipe: Recipe, lines: list[str]) -> Recipe:
    """Return a recipe with what the lines of `_asked` say; raise ValueError for another line."""
    found: dict[str, list[str]] = {}
    for line in lines:
        kind, _, text = line.partition(" ")
        found.setdefault(kind, []).append(text)
    if unknown := found.keys() - {"smaller", "aim", "crf", "film", "filter", "input", "word"}:
        raise ValueError(f"lines that aren't known: {sorted(unknown)}")
    if "smaller" in found:
        recipe = replace(recipe, smaller_by=float(found["smaller"][0]))
    if "aim" not in found:
        return recipe
    metric, target, tolerance = found["aim"][0].split(" ")
    *numbers, fine_since = found["crf"][0].split(" ")
    best, worst, step, start, slope = map(float, numbers)
    quality = Quality(
        metric,
        float(target),
        float(tolerance),
        best,
        worst,
        step,
        start,
        slope,
        int(found["film"][0]),
        found.get("filter", [""])[0],
        tuple(found.get("word", ())),
        tuple(found["input"][0].split(" ")) if "input" in found else (),
        int(fine_since),
    )
    return replace(recipe, quality=quality)


def _promised(promise: Promise) -> Iterator[str]:
    """Yield what is promised of an output, as plain words; nothing for what is usual."""
    usual = Promise()
    counts = (promise.video, promise.audio, promise.subtitles)
    if counts != (usual.video, usual.audio, usual.subtitles):
        yield " ".join(("counts", *(count.replace(" ", "-") for count in counts)))
    if promise.duration:
        yield "duration"
    if promise.frames:
        yield f"frames {promise.off_by:g}"
    if promise.width is not None or promise.height is not None:
        yield f"size {promise.width or 0} {promise.height or 0}"
    if promise.compare:
        yield " ".join(("compare", *promise.compare))
    if not promise.decodes:
        yield "undecoded"
    if promise.streams is None:
        return
    yield "streams"
    for stream in promise.streams:
        source = "-" if stream.source is None else stream.source
        how = "copy" if stream.is_copy else "made"
        channels = "-" if stream.channels is None else stream.channels
        kind = "cover" if stream.is_cover else stream.kind
        yield f"stream {kind} {source} {how} {channels} {stream.transfer or '-'}"


def _with_promised(promise: Promise, words: list[str]) -> Promise:
    """Return a promise with what a line of `_promised` says; raise ValueError for another line."""
    match words:
        case ["counts", video, audio, subtitles]:
            return replace(
                promise, video=_count(video), audio=_count(audio), subtitles=_count(subtitles)
            )
        case ["duration"]:
            return replace(promise, duration=True)
        case ["frames", off_by]:
            return replace(promise, frames=True, off_by=float(off_by))
        case ["size", width, height]:
            return replace(promise, width=int(width) or None, height=int(height) or None)
        case ["compare", *kinds]:
            return replace(promise, compare=tuple(kinds))
        case ["undecoded"]:
            return replace(promise, decodes=False)
        case ["streams"]:
            return replace(promise, streams=())
        case ["stream", kind, source, ("copy" | "made") as how, channels, transfer]:
            stream = PromisedStream(
                StreamKind.VIDEO if kind == "cover" else StreamKind(kind),
                None if source == "-" else int(source),
                is_copy=how == "copy",
                channels=None if channels == "-" else int(channels),
                transfer="" if transfer == "-" else transfer,
                is_cover=kind == "cover",
            )
            return replace(promise, streams=(*(promise.streams or ()), stream))
    raise ValueError(f"a promise that isn't known: {' '.join(words)!r}")


def _count(word: str) -> Count:
    return Count(word.replace("-", " "))


def _checked(name: str) -> str:
    """Return the name of an output or a folder; raise ValueError where it isn't within the node's.

    `encode.sh` checks it alike.
    """
    if not name or name.startswith(("/", "-")) or ".." in name.split("/"):
        raise ValueError(f"{name!r} can't be the name of an output on a node")
    return name
