"""Answers are kept by use, and bounded."""

from resnet_viz.ui.ask import Answers


def test_the_answer_longest_unused_goes_first() -> None:
    answers = Answers(kept=2)
    answers.put("a", 1)
    answers.put("b", 2)
    assert answers.get("a") == 1
    answers.put("c", 3)
    assert (answers.get("a"), answers.get("b"), answers.get("c")) == (1, None, 3)
