"""Shortcut lab, as the script runs it: every state is in the address, and every study answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


@pytest.fixture
def opened(open_page: Open) -> Open:
    return partial(open_page, "shortcut_lab", net="resnet20")


def metric(app: AppTest, label: str) -> str:
    return next(m.value for m in app.metric if m.label == label)


def words(app: AppTest) -> str:
    return " ".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)])


def test_it_opens_on_what_cutting_everything_does(opened: Open) -> None:
    app = opened()
    assert "Nothing is changed yet" in words(app)
    assert metric(app, "Output change") != "0 %"
    assert not app.warning


def test_a_link_says_what_is_changed_and_what_it_did(opened: Open) -> None:
    app = opened(cut="layer2.1", drop="layer3.2")
    assert "Nothing is changed yet" not in words(app)
    assert "The scores change by" in words(app)
    again = opened(cut="layer2.1", drop="layer3.2")
    assert metric(app, "Output change") == metric(again, "Output change")


def test_a_change_that_changes_nothing_says_so(opened: Open) -> None:
    app = opened(net="rezero_resnet110", depth="20", drop="layer2.1")  # its branches begin at 0
    assert metric(app, "Output change") == "0 %"
    assert "exactly the same" in words(app)


def test_lesions_ask_for_a_trained_network(opened: Open) -> None:
    app = opened(study="lesions")
    assert [button.label for button in app.button if button.label.startswith("Train it")]


def test_paths_add_up_to_the_gradient(opened: Open) -> None:
    app = opened(net="preact_resnet110", depth="20", study="paths")
    assert "The gradient comes over paths of" in words(app)
    assert not app.warning


def test_a_network_that_only_concatenates_says_what_is_possible(opened: Open) -> None:
    app = opened(net="torchvision:densenet121", study="paths")
    assert len(app.warning) == 1 and "the paths can be counted" in app.warning[0].value


@pytest.mark.parametrize("address", [{"weights": "checkpoint:" + "0" * 64}, {"weights": "nonsense"}])
def test_weights_that_are_not_here_are_one_sentence(opened: Open, address: dict[str, str]) -> None:
    app = opened(**address)
    assert len(app.warning) == 1 and "initial weights" in app.warning[0].value
    assert metric(app, "Output change")


def test_nonsense_of_a_study_is_one_sentence(opened: Open) -> None:
    app = opened(study="everything")
    assert len(app.warning) == 1 and "effect, lesions, paths, kinds" in app.warning[0].value


def test_a_seed_that_is_none_is_one_sentence(opened: Open) -> None:
    app = opened(depth="8", seed="abc")
    assert len(app.warning) == 1 and "seed=abc" in app.warning[0].value


@pytest.mark.parametrize("factor", ["5", "-3"])
def test_a_slider_reaches_as_far_as_the_address(opened: Open, factor: str) -> None:
    app = opened(depth="8", scale=",".join(f"layer{stage}.0@{factor}" for stage in (1, 2, 3)))
    assert [slider.value for slider in app.slider] == [float(factor), 1.0]
    app.slider[1].set_value(0.5).run()
    assert app.query_params["branch"] == "layer1.0@0.5,layer2.0@0.5,layer3.0@0.5"
    assert app.query_params["scale"].startswith(f"layer1.0@{factor},")


@pytest.mark.parametrize("weights", ["initial", "trained"])
@pytest.mark.parametrize(
    ("network", "says"), [({"net": "resnet152"}, "seconds to train"), ({"num_classes": "5"}, "ten are wanted")]
)
def test_what_cannot_be_trained_is_not_offered(opened: Open, network: dict[str, str], says: str, weights: str) -> None:
    app = opened(study="lesions", weights=weights, **network)
    assert len(app.warning) == 1 and says in app.warning[0].value
    assert not [button for button in app.button if button.label in ("Train it on the digits", "Measure")]


def test_another_network_leaves_a_checkpoint_behind_but_not_a_training(opened: Open) -> None:
    for weights, stays in (("checkpoint:" + "0" * 64, False), ("trained", True)):
        app = opened(depth="8", study="kinds", weights=weights)
        next(box for box in app.selectbox if box.label == "Network").set_value("plain20").run()
        assert app.query_params["net"] == "plain20"
        assert ("weights" in app.query_params) == stays


def test_lesions_of_a_changed_network_say_so(opened: Open) -> None:
    app = opened(depth="8", study="lesions", weights="trained", drop="layer2.0")
    assert ", operated**:" in words(app) and words(app).count("operated") == 1


def test_presets_cut_what_they_say(opened: Open) -> None:
    app = opened()
    next(button for button in app.button if button.label == "Every second").click().run()
    assert app.query_params["cut"] == "layer1.1,layer2.0,layer2.2,layer3.1"
