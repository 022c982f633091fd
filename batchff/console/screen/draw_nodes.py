"""The nodes: a strip of one cell each, and a panel of one cell a slot."""

from __future__ import annotations

from collections import Counter

from batchff.console.screen.draw_stages import bar_width, words_column
from batchff.console.screen.fit import cells
from batchff.console.screen.glyphs import Glyphs
from batchff.console.screen.line import Line, LineBuilder, Look
from batchff.console.screen.state import AWAY, BROKEN, LEAVING, Node, ScreenState
from batchff.console.screen.words import clock_text
from batchff.model.states import SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE, NodeState

_LABEL = 1
_STRIP = 10
_SLOTS_SHOWN = 16


def _kind(node: Node, busy: set[str], now: float) -> str:
    if node.state in AWAY:
        return "preempted"
    if node.state in BROKEN:
        # The service may call a Spot node so that it takes away.
        may_pass = node.spot and node.state == NodeState.UNUSABLE
        may_pass = may_pass and now - node.since < SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE
        return "unusable" if may_pass else "broken"
    if node.state in LEAVING:
        return "leaving"
    if node.is_booting:
        return "boot"
    return "busy" if node.state == "running" or node.id in busy else "idle"


_ORDER = ("busy", "idle", "boot", "preempted", "unusable", "broken", "leaving")
_LOOKS = {
    "busy": Look.MOVING,
    "idle": Look.PLAIN,
    "boot": Look.MOVING,
    "preempted": Look.MOVING,
    "unusable": Look.MOVING,
    "broken": Look.FAILED,
    "leaving": Look.FAINT,
}


def _glyph(kind: str, glyphs: Glyphs) -> str:
    return {
        "busy": glyphs.busy,
        "idle": glyphs.idle,
        "boot": glyphs.booting,
        "preempted": glyphs.preempted,
        "unusable": glyphs.unusable,
        "broken": glyphs.broken,
        "leaving": glyphs.leaving,
    }[kind]


def node_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return a strip of the nodes by their states, and how many are in each."""
    line = LineBuilder(width, glyphs).put(_LABEL, "nodes")
    pool = state.pool
    busy = _busy(state)
    counts = Counter(_kind(node, busy, now) for node in pool.nodes.values())
    room = bar_width(width)
    column = _STRIP
    is_cut = sum(counts.values()) > room
    for kind, shown in _strip(counts, room - is_cut * cells(glyphs.ellipsis)).items():
        line.put(column, _glyph(kind, glyphs) * shown, _LOOKS[kind])
        column += shown
    if is_cut and room:
        line.put(column, glyphs.ellipsis, Look.FAINT)
    words = _words(state, counts, now)
    column = words_column(width)
    line.put(column, ", ".join(words) if column > _STRIP else " ".join(words))
    return line.line()


def _strip(counts: Counter[str], room: int) -> dict[str, int]:
    """Return how many cells each kind gets: where there are too few, each its share, at least one.

    All the room is used then, and the largest gives up what the smallest have too much.
    """
    total = sum(counts.values())
    if total <= room:
        return {kind: counts[kind] for kind in _ORDER if counts[kind]}
    if room <= 0:
        return {}
    shown = {kind: max(1, counts[kind] * room // total) for kind in _ORDER if counts[kind]}
    most = max(shown, key=shown.__getitem__)
    shown[most] = max(shown[most] + room - sum(shown.values()), 0)
    return shown


def _words(state: ScreenState, counts: Counter[str], now: float) -> list[str]:
    pool = state.pool
    booting = [now - node.seen for node in pool.nodes.values() if node.is_booting]
    parts = []
    for kind in _ORDER:
        count = counts[kind]
        if count:
            clock = f" {clock_text(max(booting))}" if kind == "boot" and booting else ""
            parts.append(f"{count:,} {kind}{clock}")
    back = pool.preemptions - counts["preempted"]
    if back > 0 and parts:
        parts[-1] += f" ({back:,} preempted before)"
    if not pool.nodes:
        parts.insert(0, "gone" if state.encode_ended is not None else "none yet")
    return parts


def _busy(state: ScreenState) -> set[str]:
    return {task.node for task in state.running.values()}


def node_cells(
    state: ScreenState, begin: int, width: int, height: int, now: float, glyphs: Glyphs
) -> list[Line]:
    """Return a panel of the nodes with one cell a slot, between two columns."""
    nodes = sorted(state.pool.nodes.values(), key=lambda node: node.number)
    if not nodes or height < 2:
        return []
    load = Counter(task.node for task in state.running.values())
    slots = state.pool.terms.slots if state.pool.terms else 0
    slots = max(slots, max(load.values(), default=1), 1)
    heading = LineBuilder(width, glyphs).put(begin, "NODE", Look.FAINT)
    heading.put(begin + 6, "SLOTS" if slots > 1 else "", Look.FAINT)
    rows = height - 1
    cell_width = 6 + min(slots, _SLOTS_SHOWN) + 2
    across = max((width - begin) // cell_width, 1)
    has_words = len(nodes) <= rows
    lines = [heading.line()]
    if has_words:
        lines += [_node_line(node, load, slots, begin, width, now, glyphs) for node in nodes]
        return lines
    room = rows if len(nodes) <= rows * across else rows - 1
    shown = nodes[: room * across]
    for row in range((len(shown) + across - 1) // across):
        line = LineBuilder(width, glyphs)
        for place, node in enumerate(shown[row * across : (row + 1) * across]):
            _put_cells(line, node, load, slots, begin + place * cell_width, now, glyphs)
        lines.append(line.line())
    more = len(nodes) - len(shown)
    if more:
        words = f"{glyphs.ellipsis} and {more:,} more"
        lines.append(LineBuilder(width, glyphs).put(begin, words, Look.FAINT).line())
    return lines


def _node_line(
    node: Node,
    load: Counter[str],
    slots: int,
    begin: int,
    width: int,
    now: float,
    glyphs: Glyphs,
) -> Line:
    line = LineBuilder(width, glyphs)
    _put_cells(line, node, load, slots, begin, now, glyphs)
    column = begin + 6 + min(slots, _SLOTS_SHOWN) + 2
    kind = _kind(node, set(load), now)
    since = node.seen if kind == "boot" else node.since
    line.put(column, kind, _LOOKS[kind])
    line.put_right(column + 20, clock_text(now - since), Look.FAINT)
    line.put(column + 22, "spot" if node.spot else "dedicated", Look.FAINT)
    return line.line()


def _put_cells(
    line: LineBuilder,
    node: Node,
    load: Counter[str],
    slots: int,
    begin: int,
    now: float,
    glyphs: Glyphs,
) -> None:
    """Put a node's name and its slots: those that run a task first."""
    kind = _kind(node, set(load), now)
    shown = min(slots, _SLOTS_SHOWN)
    line.put(begin, f"n{node.number}", width=5)
    if kind not in ("busy", "idle"):
        line.put(begin + 6, _glyph(kind, glyphs) * shown, _LOOKS[kind])
        return
    # A node that runs has a task, even one that isn't known here yet.
    full = min(max(load[node.id], int(kind == "busy")), shown)
    line.put(begin + 6, glyphs.busy * full, Look.MOVING)
    line.put(begin + 6 + full, glyphs.idle * (shown - full), Look.FAINT)
