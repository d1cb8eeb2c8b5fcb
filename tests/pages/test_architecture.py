"""Architecture, as the script runs it: the address is the view, and nonsense in it is one sentence."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


@pytest.fixture
def opened(open_page: Open) -> Open:
    return partial(open_page, "architecture")


def metric(app: AppTest, label: str) -> str:
    return next(m.value for m in app.metric if m.label == label)


def drawing(app: AppTest) -> str:
    """The SVG of the hero."""
    return str(json.loads(app.get("bidi_component")[0].proto.json)["svg"])


def test_it_opens_on_resnet50_whole(opened: Open) -> None:
    app = opened()
    assert metric(app, "Parameters") == "25.6 M"
    assert metric(app, "Shortcuts on") == "16 / 16"
    assert metric(app, "Paths") == "2¹⁶"
    assert 'data-id="shortcut:layer3.1"' in drawing(app)
    assert not app.warning


def test_a_link_cuts_shortcuts_and_drops_branches(opened: Open) -> None:
    app = opened(cut="layer3.1-2", drop="layer4.1")
    assert metric(app, "Shortcuts on") == "14 / 16"
    assert metric(app, "Paths") == "2¹³"
    assert drawing(app) != drawing(opened())


def test_the_equation_loses_what_is_cut(opened: Open) -> None:
    whole, cut = (opened(block="layer2.1", **more).latex[0].value for more in ({}, {"cut": "layer2.1"}))
    assert "x_l + " in whole
    assert "x_l + " not in cut
    assert r"\mathcal F(x_l)" in cut


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"net": "resnet5000<b>"}, r"resnet5000\<b\>"),
        ({"net": "resnet56", "depth": "57"}, "57"),
        ({"net": "resnet56", "shortcut": "Z"}, "allowed are"),
        ({"block": "layer9.9"}, r"layer9\.9"),
        ({"cut": "layer9.*"}, "no junction"),
        ({"cut": "layer1.0,![x](http://a.b/c.png)"}, r"\!\[x\]\(http"),
        ({"scale": "layer1.0@nan"}, "no scaled junction"),
        ({"view": "sideways"}, "sideways"),
        ({"view": "stage", "stage": "9"}, "9"),
    ],
)
def test_nonsense_in_a_link_is_one_sentence_and_the_page_stays(
    opened: Open, address: dict[str, str], words: str
) -> None:
    app = opened(**address)
    assert len(app.warning) == 1
    assert words in app.warning[0].value
    assert "<svg" in drawing(app)
    assert "<b>" not in drawing(app)


def test_a_knob_gives_another_network_with_its_own_figures(opened: Open) -> None:
    app = opened(net="resnet56", shortcut="B")
    assert metric(app, "Parameters") == "856 k"  # He et al. 2015 with option B: 855,770


def test_chinese_changes_words_and_nothing_else(opened: Open) -> None:
    english, chinese = opened(cut="layer1.*"), opened(cut="layer1.*", lang="zh")
    assert [m.value for m in english.metric] == [m.value for m in chinese.metric]
    assert [m.label for m in english.metric] != [m.label for m in chinese.metric]
    assert dict(chinese.query_params) == {"cut": "layer1.*", "lang": "zh"}


def test_the_stage_level_and_a_network_of_torchvision(opened: Open) -> None:
    app = opened(net="torchvision:densenet121", view="stage", stage="2")
    assert metric(app, "Parameters") == "7.98 M"
    assert not app.warning
