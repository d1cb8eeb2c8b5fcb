"""Architecture, as the script runs it: the address is the view, and nonsense in it is one sentence."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from resnet_viz import zoo
from resnet_viz.figures import published
from resnet_viz.zoo import catalog

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


def test_the_gallery_has_a_card_for_every_family_and_a_row_for_every_network(opened: Open) -> None:
    app = opened(view="families")
    for family in catalog.families():
        assert f'data-id="family:{family}"' in drawing(app)
    rows = app.dataframe[0].value
    assert list(rows["Network"]) == zoo.names()
    costs = dict(zip(rows["Network"], rows["Parameters (M)"], strict=True))
    assert costs["resnet50"] == pytest.approx(25.557032)
    assert not app.warning


@pytest.mark.parametrize("family", catalog.families())
def test_every_family_opens_with_all_that_its_papers_give(opened: Open, family: str) -> None:
    variant = catalog.usual(family)
    app = opened(net=variant.name)
    assert not app.warning
    assert 'data-id="block:' in drawing(app)
    assert metric(app, "Shortcuts on") == f"{variant.spec.num_shortcuts} / {variant.spec.num_shortcuts}"
    if variant.difference:
        assert any("Paper and code." in caption.value for caption in app.caption)
    if published.settings(variant.spec):
        assert any(
            "parameters and multiply-adds are counted" in c.value
            for c in opened(net=variant.name, paper="errors").caption
        )


def test_a_choice_is_laid_side_by_side(opened: Open) -> None:
    app = opened(net="resnet20", view="compare", by="shortcut")
    for words in ("A: zero-padded identity", "C: projection everywhere", "none: a plain network"):
        assert words in drawing(app)
    assert not app.warning
    assert "shortcut" in opened(net="resnet20", view="compare", by="colour").warning[0].value  # what is allowed


def test_a_network_without_choices_says_so(opened: Open) -> None:
    app = opened(net="torchvision:resnet18", view="compare")
    assert len(app.warning) == 1 and "side by side" in app.warning[0].value


def test_fields_that_share_a_name_with_a_page_have_their_own_parameter(opened: Open) -> None:
    app = opened(net="res2net50_26w_4s", net_scale="8", scale="layer1.0@0.5")
    assert metric(app, "Parameters") == "48.4 M"  # 26w x 8s
    assert not app.warning


def test_values_that_are_not_allowed_together_are_one_sentence(opened: Open) -> None:
    app = opened(net="preact_resnet110", depth="113")
    assert len(app.warning) == 1 and r"allowed are 6n\+2" in app.warning[0].value
    assert "<svg" in drawing(app)


def test_the_arithmetic_and_the_table_of_the_paper(opened: Open) -> None:
    app = opened(paper="arithmetic")
    shown = " ".join([*(m.value for m in app.markdown), *(latex.value for latex in app.latex)])
    for number in ("1{,}179{,}648", "69{,}632", "73{,}728", "16.9"):
        assert number in shown
    assert any("bmatrix" in markdown.value for markdown in opened().markdown)
