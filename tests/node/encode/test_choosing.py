"""Which CRF is tried next, by curves of every kind."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import batchff
from tests.node.shells import SHELLS

_PARTS = Path(batchff.__file__).parent / "node" / "encode"
_SETTINGS = {
    "best_crf": "8",
    "worst_crf": "45",
    "crf_step": "0.1",
    "start_crf": "28",
    "crf_slope": "0.16",
    "top_score": "100",
    "tolerance": "0.5",
    "near_enough": "0.5",
    "near_crfs": "4",
}
Curve = Callable[[float], float]


def asked(tried: list[tuple[float, float]], target: float, call: str, shell: str = "sh") -> str:
    """Return what a function of `choosing.sh` answers after these tries."""
    lines = "".join(f"{crf:g} {score:.6f}\n" for crf, score in tried)
    variables = " ".join(f"{name}={value}" for name, value in _SETTINGS.items())
    script = f". ./choosing.sh; target={target}; {variables}; {call}"
    ended = subprocess.run(
        [*shell.split(), "-c", script], cwd=_PARTS, input=lines, capture_output=True, text=True
    )
    assert ended.stderr == ""
    return ended.stdout.strip()


def searched(curve: Curve, target: float) -> tuple[list[tuple[float, float]], float, str]:
    """Let a whole search run; return what was tried, what is taken, and how it ended."""
    tried: list[tuple[float, float]] = []
    while True:
        word, crf, *end = asked(tried, target, "next_crf -").split()
        if word == "take":
            return tried, float(crf), end[0]
        tried.append((float(crf), curve(float(crf))))
        assert len(tried) <= 4


def logistic(middle: float, steep: float) -> Curve:
    return lambda crf: 100 / (1 + math.exp((crf - middle) * steep))


@given(
    middle=st.floats(20, 60),
    steep=st.floats(0.06, 0.5),
    bend=st.floats(0.7, 1.4),
    target=st.sampled_from([85.0, 90.0, 93.0, 95.0]),
)
@settings(max_examples=40, deadline=None)
def test_a_search_ends_within_four_probes_and_never_tries_a_limit_twice(
    middle: float, steep: float, bend: float, target: float
) -> None:
    def curve(crf: float) -> float:
        return float(100 * (logistic(middle, steep)(crf) / 100) ** bend)

    tried, crf, end = searched(curve, target)

    crfs = [each for each, _ in tried]
    assert len(set(crfs)) == len(crfs)
    assert sum(each in (8, 45) for each in crfs) <= 1
    assert 8 <= crf <= 45
    if curve(45) < target < curve(8):
        # Within what a whole encode then corrects.
        assert abs(curve(crf) - target) < 4
    elif end == "most":
        assert (crf, curve(8) < target) == (8, True)


@given(steps=st.lists(st.floats(0, 12), min_size=38, max_size=38))
@settings(max_examples=40, deadline=None)
def test_any_curve_that_falls_ends_within_four_probes(steps: list[float]) -> None:
    def curve(crf: float) -> float:
        passed = max(0, min(int(crf) - 8, len(steps) - 1))
        return max(100 - sum(steps[: passed + 1]), 0.01)

    tried, crf, _ = searched(curve, 90)

    assert len({each for each, _ in tried}) == len(tried)
    assert sum(each in (8, 45) for each, _ in tried) <= 1
    assert 8 <= crf <= 45


def test_a_usual_film_takes_two_probes() -> None:
    curve = logistic(42, 0.15)
    tried, crf, end = searched(curve, 90)
    assert (len(tried), end) == (2, "reached")
    assert abs(curve(crf) - 90) < 0.3


@pytest.mark.parametrize(
    ("middle", "target", "taken"),
    [(5, 95, (8.0, "most")), (90, 85, (45.0, "least"))],
)
def test_what_cant_be_reached_is_said(
    middle: float, target: float, taken: tuple[float, str]
) -> None:
    _, crf, end = searched(logistic(middle, 0.15), target)
    assert (crf, end) == taken


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_answers_alike(shell: str) -> None:
    tried = [(28.0, 94.0), (32.5, 88.5)]
    assert asked(tried, 92, "next_crf -", shell) == "try 30"
    assert asked([*tried, (30.0, 92.1)], 92, "next_crf -", shell) == "take 30.1 reached"
    # Two that are near enough need no third one.
    assert asked(tried, 93, "next_crf -", shell) == "take 29 reached"


def test_a_whole_encode_that_misses_is_done_again_by_how_far_it_was_off() -> None:
    assert asked([(30.0, 91.2)], 90, "next_encode - 0.16") == "try 30.9"
    assert asked([(30.0, 90.4)], 90, "next_encode - 0.16") == "take 30 reached"


def test_two_whole_encodes_tell_how_steep_it_is() -> None:
    assert asked([(30.0, 92.0), (32.0, 89.0)], 90, "next_encode - 0.16") == "try 31.4"


def test_there_are_three_whole_encodes_at_most() -> None:
    tried = [(30.0, 92.0), (32.0, 89.0), (31.4, 89.2)]
    assert asked(tried, 90, "next_encode - 0.16") == "take 31.4 reached"
