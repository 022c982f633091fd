"""What outputs are called on the user's machine: after their source, by a template or the usual."""

from __future__ import annotations

import hashlib
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchff.errors import UsageError
from batchff.model.items import WHOLE_SOURCE, Cut
from batchff.model.paths import split_suffix
from batchff.model.recipes import Recipe, RecipeOutput

_FIELDS = ("stem", "name", "preset", "output", "cut", "suffix")
_HINT = "as in --name '{stem}.{preset}.{suffix}'; the fields are: " + ", ".join(
    f"{{{field}}}" for field in _FIELDS
)


@dataclass(frozen=True, slots=True)
class Naming:
    """How the user wants outputs to be called.

    `template` has the fields {stem} and {name} of the source (without and with its suffix),
    {preset}, {output} (the output's name in its preset), {cut} (which part of the source it's made
    of, as in 1m10s-1m40s; `whole` for all of it) and {suffix} (without its dot). Empty is the
    usual: `<stem><suffix>` or, with `keep_suffix`, `<name><suffix>`.
    """

    template: str = ""
    keep_suffix: bool = False

    @property
    def key(self) -> str:
        """Return a hash of this way of naming; nothing for the usual one."""
        written = self.template or ("{name}" if self.keep_suffix else "")
        return hashlib.sha256(written.encode()).hexdigest()[:16] if written else ""

    def __post_init__(self) -> None:
        """Raise UsageError for a template that can't name outputs."""
        if self.template:
            _check(self.template)
            if self.keep_suffix:
                raise UsageError(
                    "--name and --keep-suffix exclude each other",
                    hint="write {name} into the template to keep the source's suffix",
                )


class OutputNames:
    """The names of the outputs of some recipes, for any source."""

    def __init__(self, recipes: Sequence[Recipe], naming: Naming | None = None) -> None:
        self._naming = naming or Naming()
        self._labels = _labels(recipes)

    def relative(
        self,
        source: str,
        recipe: Recipe,
        output: RecipeOutput,
        cut: Cut = WHOLE_SOURCE,
        *,
        label_cut: bool = False,
    ) -> str:
        """Return an output's path below the output folder; `source` is the source's path there.

        With `label_cut`, the usual name says which part of the source it's made of.
        """
        folder, slash, name = source.rpartition("/")
        stem = split_suffix(name)[0]
        if not self._naming.template:
            kept = name if self._naming.keep_suffix else stem
            label = self._labels[recipe.name, output.node_name]
            part = [cut.label] if label_cut and cut.label else []
            return f"{folder}{slash}{'.'.join([kept, *part, *label])}{output.suffix}"
        made = self._naming.template.format(
            stem=stem,
            name=name,
            preset=recipe.name,
            output=output.name or recipe.name,
            cut=cut.label or "whole",
            suffix=output.suffix.removeprefix("."),
        )
        return f"{folder}{slash}{made.rstrip('.')}"


def _labels(recipes: Sequence[Recipe]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return what names of outputs with one suffix get: their preset's name, their own, or both."""
    of_suffix = Counter(_kind(output) for recipe in recipes for output in recipe.outputs)
    labels: dict[tuple[str, str], tuple[str, ...]] = {}
    for recipe in recipes:
        of_recipe = Counter(map(_kind, recipe.outputs))
        for output in recipe.outputs:
            kind = _kind(output)
            is_alone_in_recipe = of_recipe[kind] == 1
            label = []
            if of_suffix[kind] > of_recipe[kind]:
                label.append(recipe.name)
            if not is_alone_in_recipe and output.name:
                label.append(output.name)
            labels[recipe.name, output.node_name] = tuple(label)
    return labels


def _kind(output: RecipeOutput) -> str:
    return "/" if output.is_folder else output.suffix


def _check(template: str) -> None:
    try:
        parsed = [part for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise UsageError(f"--name {template!r}: {error}", hint=_HINT) from None
    fields = set()
    for _, name, layout, conversion in parsed:
        changed = f"!{conversion}" if conversion else ""
        whole = f"{name}{changed}{':' if layout else ''}{layout}"
        if whole not in _FIELDS:
            raise UsageError(f"--name {template!r} has no field {{{whole}}}", hint=_HINT)
        fields.add(whole)
    if not fields & {"stem", "name"}:
        raise UsageError(
            f"--name {template!r} would call all outputs alike: {{stem}} or {{name}} is missing",
            hint=_HINT,
        )
    parts = template.split("/")
    if template.startswith("/") or "\\" in template or {"", ".", ".."} & set(parts):
        raise UsageError(f"--name {template!r} isn't a path below the output folder", hint=_HINT)
