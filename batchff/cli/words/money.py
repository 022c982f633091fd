"""How to add prices that are missing, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchff.profile import Profile


def price_hint(profile: Profile, missing: Iterable[str]) -> str:
    """Return how to add the prices that the profile lacks."""
    from batchff.profile import LOCAL, find_key

    keys = list(dict.fromkeys(missing))
    if profile.name == LOCAL:  # which is built in: nothing can be stored in it
        return "set " + " and ".join(find_key(key).environment_name for key in keys)
    settings = " ".join(f"{key}=PRICE" for key in keys)
    return f"add them with: batchff profile set {profile.name} {settings}"
