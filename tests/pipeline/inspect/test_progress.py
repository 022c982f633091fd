from __future__ import annotations

import pytest

from batchff.model.inspection import Inspected, Inspection, NotMedia, Problem, ProblemKind
from batchff.pipeline.inspect.progress import problem_of


@pytest.mark.parametrize(
    ("inspected", "words"),
    [
        (Inspection("wav", 44), ""),
        (NotMedia("it's a text"), "it's a text"),
        (
            Inspection("wav", 44, problems=(Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s"),)),
            "1.2 of 4.0 s",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(inspected: Inspected, words: str) -> None:
    assert problem_of(inspected) == words
