"""Gradient flow, as the script runs it, with a real worker."""

import json
import shlex
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from resnet_viz import cli, cli_words, zoo
from resnet_viz.probes import estimate
from resnet_viz.probes.architecture import graph_of
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.surgery.plan import Surgery
from resnet_viz.ui import gradients

Open = Callable[..., AppTest]


@pytest.fixture
def opened(open_page: Open) -> Open:
    return partial(open_page, "gradient_flow", **{"net": "resnet20", "size": "8", "batch": "8"})


def chart(app: AppTest) -> dict[str, Any]:
    """Data of the gradient chart."""
    components = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return next(c.get("data", c) for c in components if "svg" not in c)


def test_it_opens_on_residual_against_plain(opened: Open) -> None:
    app = opened()
    series = chart(app)["series"]
    assert [s["label"] for s in series] == ["resnet20", "plain20"]
    assert [len(s["values"]) for s in series] == [9, 9]
    assert not app.warning


def test_a_cut_adds_the_operated_network_and_says_so(opened: Open) -> None:
    app = opened(cut="layer2.*")
    assert [s["id"] for s in chart(app)["series"]] == ["residual", "operated", "plain"]
    assert chart(app)["series"][1]["label"] == "cut layer2.*"


def test_a_long_change_is_named_in_the_caption(opened: Open) -> None:
    app = opened(cut="layer1.0,layer2.1,layer3.2", drop="layer1.2")
    assert chart(app)["series"][1]["label"] == "operated"
    assert r"layer3\.2" in caption(app)


def test_five_seeds_are_a_band_around_the_line(opened: Open) -> None:
    for series in chart(opened(seeds="5"))["series"]:
        bands = zip(series["low"], series["values"], series["high"], strict=True)
        assert all(low < middle < high for low, middle, high in bands)


def test_weights_that_start_too_small_are_shown_as_underflow_not_hidden(opened: Open) -> None:
    app = opened(net="plain56", batch_norm="off", init="normal", init_std="0.01")
    plain = chart(app)["series"][-1]
    assert any(mark["kind"] == "underflow" for mark in plain["marks"])
    assert any("underflow" in text.value for text in app.markdown)


def test_a_deep_plain_network_with_batch_norm_is_said_to_explode_and_not_to_vanish(opened: Open) -> None:
    app = opened(net="plain56", size="32", batch="32")
    plain = chart(app)["series"][-1]
    assert 2e3 < plain["values"][0] / plain["values"][-1] < 5e4
    (sentence,) = [text.value for text in app.markdown if text.value.startswith("**plain56**")]
    assert "**explodes** toward the input" in sentence
    assert "vanish" not in sentence


def test_a_question_that_no_memory_holds_is_one_sentence_with_the_figure(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "free_memory", lambda: 24e9)
    app = opened(net="resnet56", batch="512", size="512")
    (refusal,) = [warning.value.replace("\\", "") for warning in app.warning]  # Markdown is escaped
    assert "resnet56 with 512 pictures of 512×512 needs about" in refusal and "24.0 GB" in refusal
    assert not [c for c in app.get("bidi_component") if "svg" not in json.loads(c.proto.json)]
    assert [s["label"] for s in chart(opened())["series"]] == ["resnet20", "plain20"]  # the next question is answered


def test_bad_values_are_sentences_and_the_comparison_stays(opened: Open) -> None:
    app = opened(batch="100000", images="upload:../../etc", seed="-1")
    (box,) = app.warning
    assert len(box.value.split("\n\n")) == 3
    assert len(chart(app)["series"]) == 2


def test_a_field_that_depends_on_another_may_stand_before_it(opened: Open) -> None:
    small = chart(opened(net="plain20", batch_norm="off", init_std="0.02", init="normal"))["series"][0]["values"]
    large = chart(opened(net="plain20", batch_norm="off", init_std="0.05", init="normal"))["series"][0]["values"]
    assert small != large


def caption(app: AppTest) -> str:
    return next(c.value for c in app.caption if "cross" in c.value)


def test_the_caption_states_the_mode_of_batch_norm_and_what_is_not_as_usual(opened: Open) -> None:
    assert "train mode" in caption(opened())
    assert "frozen statistics" in caption(opened(bn_mode="frozen"))
    without = caption(opened(batch_norm="off"))
    assert "train mode" not in without
    assert "Batch norm: off" in without.replace("\\", "")


def test_an_answer_that_is_there_is_never_refused(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    opened()

    def refuse(*_anything: object) -> None:
        raise ValueError("no memory at all")

    monkeypatch.setattr("resnet_viz.probes.estimate.refuse", refuse)
    assert not opened().warning
    assert opened(seed="7").warning


def test_a_plain_network_is_shown_beside_its_residual_twin(opened: Open) -> None:
    series = chart(opened(net="plain20"))["series"]
    assert [s["label"] for s in series] == ["resnet20", "plain20"]


@pytest.mark.parametrize("name", ["highway20", "wrn_16_8", "preact_resnet20", "mlp_residual", "resnet20"])
def test_no_two_networks_of_a_comparison_have_one_name(name: str) -> None:
    asked = GradientQuestion.defaults(zoo.spec(name))
    lanes = gradients.lanes(asked, graph_of(asked.network), 1)
    labels = [label for _part, label, _questions in lanes]
    assert len(set(labels)) == len(labels) == 2
    assert labels == ["highway20", "highway20 · no shortcuts"] or name != "highway20"


def test_a_gated_network_has_the_formula_of_gates(opened: Open) -> None:
    app = opened(net="highway20")
    assert any(r"\prod" in latex.value for latex in app.latex)
    assert not any("The 1 is the shortcut" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("spec", "surgery", "changes"),
    [
        (
            zoo.spec("resnet20", shortcut="C", batch_norm=False),
            Surgery.of(cut=["layer1.0"], branches={"layer2.1": 2}),
            {},
        ),
        (zoo.spec("highway20"), Surgery(), {"seed": 7, "batch_norm_mode": "frozen"}),
        (zoo.spec("mlp_residual", width=16), Surgery(), {"image_size": 12, "images": "noise"}),
    ],
)
def test_the_command_of_a_measurement_asks_the_same_question(
    spec: zoo.NetworkSpec, surgery: Surgery, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_of(spec)
    asked = GradientQuestion.defaults(spec, graph, surgery=surgery, **changes)
    heard: list[object] = []

    def listen(function: str, *questions: object) -> list[object]:
        if function == cli.GRADIENTS:
            heard.extend(questions)
            raise ValueError("heard")
        return [graph_of(question.network) for question in questions]

    monkeypatch.setattr(cli_words, "ask", listen)
    for _part, _label, questions in gradients.lanes(asked, graph, 1):
        words = shlex.split(gradients.command(questions[0], graph))
        assert words[:3] == ["python", "-m", "resnet_viz"]
        with pytest.raises(ValueError, match="heard"):
            cli.cli.main(words[3:], standalone_mode=False)
        assert heard.pop() == questions[0]


def test_export_shows_a_command_for_each_network(opened: Open) -> None:
    (code,) = [code.value for code in opened(cut="layer2.*").code]
    assert [line.split()[5] for line in code.splitlines()] == ["resnet20", "resnet20", "plain20"]
    assert "--cut 'layer2.*'" in code and code.count("--image-size 8 --batch-size 8 --seed 0") == 3


def test_a_network_without_scores_leads_on_instead_of_showing_dead_controls(opened: Open) -> None:
    app = opened(net="unipose_resnet50")
    assert [w.value.startswith(r"unipose\_resnet50 gives no scores") for w in app.warning] == [True]
    assert (
        [box.label for box in app.selectbox] == ["Network"] and not app.number_input and not app.get("bidi_component")
    )
    (button,) = app.button
    assert button.label == "Gradient flow of resnet50"
    (way,) = [way.proto for way in app.get("page_link") if "unipose" in way.proto.label]
    assert way.label == "Architecture of unipose_resnet50" and "unipose" in way.query_string
    app = button.click().run()
    assert not app.exception and not app.warning
    assert chart(app)["series"][0]["label"] == "resnet50"
