"""How to add prices that are missing, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.console.reporter import Reporter
    from batchff.profile import Profile


def tell_of_nodes(vm_size: str, slots: int, reporter: Reporter, invocation: Invocation) -> None:
    """Report what is known of a pool's nodes beforehand: where they are, and what they cost."""
    from batchff.events.pools import NodeTerms

    prices = invocation.prices
    reporter.report(
        NodeTerms(
            vm_size,
            slots,
            here=invocation.profile.has_nodes_here,
            hourly=prices.dedicated.get(vm_size.lower()),
            spot_hourly=prices.spot.get(vm_size.lower()),
            currency=prices.currency,
        )
    )


def price_hint(profile: Profile, missing: Iterable[str]) -> str:
    """Return how to add the prices that the profile lacks."""
    from batchff.profile import LOCAL, find_key

    keys = list(dict.fromkeys(missing))
    if profile.name == LOCAL:  # which is built in: nothing can be stored in it
        return "set " + " and ".join(find_key(key).environment_name for key in keys)
    settings = " ".join(f"{key}=PRICE" for key in keys)
    return f"add them with: batchff profile set {profile.name} {settings}"
