"""The formula of a network has a 1 only where its shortcuts are identities."""

import pytest

from resnet_viz import zoo
from resnet_viz.figures.shortcut_factor import formula
from resnet_viz.probes.architecture import graph_of


@pytest.mark.parametrize(
    ("name", "changes", "has_one", "words", "absent"),
    [
        ("mlp_residual", {}, True, "The 1 is the shortcut", "changes the shape"),
        ("resnet20", {}, True, "where a shortcut changes the shape", "gate"),
        ("resnet50", {}, True, "the Wₛ of a projection", "gate"),
        ("resnet20", {"shortcut": "C"}, False, "λ is its own matrix, the Wₛ of a projection", "gate"),
        ("highway20", {}, False, "1 − g, or a carry gate of its own", "changes the shape"),
        ("preact_resnet20", {"shortcut": "exclusive"}, False, "It is near 1 only while g is near 0", "its input here"),
        ("preact_resnet20", {"shortcut": "scaled"}, False, "λ is the factor on a shortcut", "gate"),
        ("preact_resnet20", {"shortcut": "dropout"}, False, "0 or 1/(1 − p)", "gate"),
    ],
)
def test_a_factor_of_one_is_said_of_identities_only(
    name: str, changes: dict[str, object], has_one: bool, words: str, absent: str
) -> None:
    shown = formula(graph_of(zoo.spec(name, **changes)))
    assert shown is not None
    assert (r"\Big(1+" in shown.latex, r"\prod" in shown.latex) == (has_one, not has_one)
    assert words in shown.words and absent not in shown.words


def test_without_shortcuts_there_is_nothing_to_say() -> None:
    assert formula(graph_of(zoo.spec("plain20"))) is None
