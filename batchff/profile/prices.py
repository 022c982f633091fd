"""What nodes cost, as the profile's price tables say: batchff has no prices of its own.

Prices change, and differ by region and contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchff.profile.keys import PRICES, SPOT_PRICES

if TYPE_CHECKING:
    from batchff.profile.resolve import Profile


@dataclass(frozen=True, slots=True)
class Prices:
    """What a node costs for an hour, by VM size in lower case.

    `ask_above` is the amount from which `submit` asks first. With `free`, as on this machine,
    everything costs nothing.
    """

    currency: str = ""
    dedicated: Mapping[str, float] = field(default_factory=dict)
    spot: Mapping[str, float] = field(default_factory=dict)
    ask_above: float | None = None
    free: bool = False

    def cost(self, vm_size: str, *, dedicated: float = 0, spot: float = 0) -> float | None:
        """Return what so many node-hours cost; None where a price is missing for some of them.

        With counts of nodes in place of hours, it's what they cost in an hour.
        """
        if self.free:
            return 0.0
        total = 0.0
        for hours, table in ((dedicated, self.dedicated), (spot, self.spot)):
            price = table.get(vm_size.lower())
            if hours and price is None:
                return None
            total += hours * (price or 0.0)
        return total

    def missing(self, vm_size: str, *, dedicated: float = 0, spot: float = 0) -> list[str]:
        """Return the profile's keys that would have to be set for `cost` to know."""
        tables = ((dedicated, self.dedicated, PRICES), (spot, self.spot, SPOT_PRICES))
        return [
            f"{name}.{vm_size}"
            for hours, table, name in tables
            if hours and not self.free and vm_size.lower() not in table
        ]

    def text(self, amount: float) -> str:
        """Return an amount of money as people read it."""
        digits = 4 if 0 < amount < 0.1 else 2
        return f"{amount:,.{digits}f} {self.currency}".rstrip()


def prices_of(profile: Profile) -> Prices:
    """Return the price tables of a profile; nodes on this machine are free."""
    tables: dict[str, dict[str, float]] = {PRICES: {}, SPOT_PRICES: {}}
    for name, setting in profile.settings.items():
        table, _, size = name.partition(".")
        if table in tables and isinstance(setting.value, float):
            tables[table][size.lower()] = setting.value
    ask_above = tables[PRICES].pop("ask_above", None)
    return Prices(
        currency=profile.text("prices.currency") or "",
        dedicated=tables[PRICES],
        spot=tables[SPOT_PRICES],
        ask_above=ask_above,
        free=profile.uses_emulator("batch"),
    )
