"""The values that completion offers for an option or argument; none of them costs a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from batchff.errors import BatchffError, ProfileError

if TYPE_CHECKING:
    from batchff.cli.completion.seen import Kind
    from batchff.ffmpeg.presets.model import Parameter

_LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "ru",
    "uk",
    "pl",
    "tr",
    "ja",
    "zh",
    "ko",
    "hi",
    "ar",
)


def complete_profile(incomplete: str) -> list[str]:
    """Complete a profile's name."""
    from batchff.profile import LOCAL, ProfileFile, profile_file

    try:
        names = [LOCAL, *ProfileFile.read(profile_file()).profiles]
    except ProfileError:
        names = [LOCAL]  # the command itself will say what is wrong with the file
    return _beginning(incomplete, names)


def complete_chunk(incomplete: str) -> list[str]:
    """Complete how long the chunks of a film are."""
    return _beginning(incomplete, ("auto", "off", "10", "30", "60"))


def complete_setting(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the key of a setting: those that the profile named before it has in the file."""
    from batchff.profile import ProfileFile, profile_file

    try:
        profiles = ProfileFile.read(profile_file()).profiles
    except ProfileError:
        return []
    return _beginning(incomplete, profiles.get(context.params.get("name", ""), {}))


def complete_key(incomplete: str) -> list[str]:
    """Complete `KEY=VALUE` of a profile: any key, then the values that it may have.

    What is secret gets no equals sign, as it isn't written into a command line.
    """
    from batchff.profile.keys import KEYS

    name, equals, value = incomplete.partition("=")
    if not equals:
        return _beginning(
            incomplete, (key.name if key.secret else f"{key.name}=" for key in KEYS.values())
        )
    key = KEYS.get(name)
    return [f"{name}={each}" for each in complete_choice(name)(value)] if key else []


def complete_choice(name: str) -> Callable[[str], list[str]]:
    """Return what completes the value of a profile's key."""

    def complete(incomplete: str) -> list[str]:
        from batchff.model.vm_sizes import SIZES_FOR_ENCODING
        from batchff.profile.keys import KEYS

        known: Iterable[str] = KEYS[name].choices or ()
        if name == "pool.vm_size":
            known = SIZES_FOR_ENCODING
        elif name == "pool.image":
            known = ("auto", *_seen(None, "image"))
        elif name == "pool.ffmpeg":
            known = ("bundled", "image", "apt")
        return _beginning(incomplete, known)

    return complete


def complete_preset(incomplete: str) -> list[str]:
    """Complete a preset's name."""
    from batchff.ffmpeg.preset_files import preset_names

    try:
        return _beginning(incomplete, preset_names())
    except BatchffError:
        return []  # the command itself will say what is wrong


def complete_parameter(context: typer.Context, incomplete: str) -> list[str]:
    """Complete `NAME=VALUE` of the presets that the command line has before it.

    The parameters of several presets are offered with the preset's name.
    """
    from batchff.ffmpeg.presets import find_preset

    given = context.params.get("preset") or context.params.get("name") or ()
    parameters: dict[str, Parameter] = {}
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        try:
            found = find_preset(name).preset
        except BatchffError:
            continue
        prefix = f"{found.name}." if len(names) > 1 else ""
        parameters |= {f"{prefix}{each}": made for each, made in found.parameters.items()}
    name, equals, value = incomplete.partition("=")
    if not equals:
        return _beginning(incomplete, (f"{each}=" for each in parameters))
    choices = parameters[name].choices if name in parameters else ()
    return [f"{name}={each}" for each in _beginning(value, choices)]


def complete_language(incomplete: str) -> list[str]:
    """Complete the code of a language."""
    return _beginning(incomplete, _LANGUAGES)


def complete_job(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a job, the newest first."""
    return _beginning(incomplete, _seen(context, "job"))


def complete_pool(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a pool, the newest first."""
    return _beginning(incomplete, _seen(context, "pool"))


def complete_input_set(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of an input set, the newest first."""
    return _beginning(incomplete, _seen(context, "input_set"))


def _seen(context: typer.Context | None, kind: Kind) -> list[str]:
    """Return the ids that commands with the profile have seen: the named one, or the default."""
    from batchff.cli.completion.seen import seen_ids
    from batchff.profile import LOCAL, ProfileFile, asked_profile, profile_file

    named = None
    while context is not None and not named:
        named = context.params.get("profile_name")
        context = context.parent  # type: ignore[assignment]
    try:
        stored = ProfileFile.read(profile_file()).default
    except ProfileError:
        stored = None
    return seen_ids(asked_profile(named, stored) or LOCAL, kind)


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
