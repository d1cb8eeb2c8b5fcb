"""Questions are values: equal, small, and refused with one sentence when they make no sense."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest

from resnet_viz import zoo
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.surgery.plan import Surgery


def test_equal_questions_are_equal_values_and_one_key() -> None:
    one = GradientQuestion(network=zoo.spec("resnet56", depth=20), surgery=Surgery.of(cut=["layer1.0"]))
    two = GradientQuestion(network=zoo.spec("resnet20"), surgery=Surgery.of(cut=["layer1.0"]))
    assert one == two and hash(one) == hash(two)
    assert one != two.with_seed(1) and two.with_seed(1).seed == 1
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"image_size": 7}, "image size is 7: a whole number from 8 to 1024"),
        ({"image_size": 32.0}, "image size is 32.0"),
        ({"batch_size": 0}, "batch size is 0"),
        ({"batch_size": True}, "batch size is True"),
        ({"batch_size": 10**6}, "batch size is 1000000"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "<script>"}, "seed is '<script>'"),
        ({"batch_norm_mode": "eval"}, "batch norm mode is 'eval': train or frozen"),
        ({"images": "cats"}, "images are 'cats'"),
        ({"images": "upload:../../secret"}, "images are"),
        ({"images": "upload:" + "F" * 64}, "images are"),
        ({"images": None}, "images are 'None'"),
    ],
)
def test_a_value_that_is_not_allowed_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        GradientQuestion(network=zoo.spec("resnet20"), **change)
    assert str(caught.value).startswith(sentence) and len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("name", "size", "batch"),
    [
        ("resnet20", 32, 32), ("plain56", 32, 32), ("resnet110", 8, 32), ("resnet1202", 8, 32),
        ("resnet18", 64, 8), ("resnet152", 64, 8), ("torchvision:resnet50", 64, 8),
    ],
)  # fmt: skip
def test_the_first_question_is_cheap(name: str, size: int, batch: int) -> None:
    question = GradientQuestion.defaults(zoo.spec(name))
    assert (question.image_size, question.batch_size) == (size, batch)
    assert GradientQuestion.defaults(zoo.spec(name), seed=3, batch_size=5).batch_size == 5


def test_a_network_that_is_tied_to_a_size_is_asked_at_its_own_and_built_for_any_other() -> None:
    assert GradientQuestion.defaults(zoo.spec("mlp_plain")).image_size == 8
    own = GradientQuestion.defaults(zoo.spec("mlp_plain", image_size=16))
    assert (own.image_size, own.batch_size) == (16, 32)
    assert GradientQuestion.defaults(zoo.spec("mlp_plain"), image_size=16) == own
    assert GradientQuestion(network=zoo.spec("resnet20"), image_size=16).network == zoo.spec("resnet20")


def test_questions_answers_and_pictures_need_no_torch() -> None:
    modules = "questions, answers, pictures, data, estimate"
    check = "assert not {'torch', 'torchvision', 'timm'} & set(sys.modules)"
    code = f"import sys; from resnet_viz.probes import {modules}; {check}"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("name", "tied"),
    [
        ("torchvision:swin_t", 224), ("torchvision:vit_b_16", 224), ("timm:mixer_s32_224", 224),
        ("timm:vit_tiny_patch16_224", 224), ("timm:vit_small_patch14_dinov2", 518), ("torchvision:resnet18", None),
        ("torchvision:convnext_tiny", None), ("torchvision:googlenet", None), ("torchvision:inception_v3", 299),
        ("torchvision:squeezenet1_1", None), ("timm:poolformer_s12", None),
    ],
)  # fmt: skip
def test_a_network_that_needs_its_usual_size_is_asked_at_it(name: str, tied: int | None) -> None:
    from resnet_viz.probes.architecture import graph_of

    spec = zoo.spec(name)
    question = GradientQuestion.defaults(spec, graph_of(spec))
    assert (question.image_size, question.batch_size) == ((tied, 2) if tied else (64, 8))
