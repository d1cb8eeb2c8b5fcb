"""Networks of other libraries are built by name, without weights, and a wrong name is one sentence."""

from __future__ import annotations

import sys

import pytest
import torch

from resnet_viz import zoo
from resnet_viz.zoo import outside
from tests.zoo.helpers import on_meta


def test_a_torchvision_network_is_torchvisions() -> None:
    network = on_meta("torchvision:wide_resnet50_2", num_classes=7)
    assert type(network).__module__ == "torchvision.models.resnet"
    assert network(torch.empty(2, 3, 64, 64, device="meta")).shape == (2, 7)


def test_a_timm_network_takes_other_channels_and_classes() -> None:
    pytest.importorskip("timm")
    network = on_meta("timm:resnet10t", in_channels=1, num_classes=7)
    assert network(torch.empty(2, 1, 64, 64, device="meta")).shape == (2, 7)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_networks_with_auxiliary_heads_give_one_tensor_in_training_too(name: str) -> None:
    assert isinstance(on_meta(f"torchvision:{name}")(torch.empty(2, 3, 96, 96, device="meta")), torch.Tensor)


def test_only_classification_networks_are_listed() -> None:
    names = outside.torchvision_names()
    assert {"resnet50", "densenet121", "swin_t"} <= set(names)
    assert not {"fcn_resnet50", "raft_large", "quantized_resnet50"} & set(names)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("torchvision:resnet19", "torchvision has no network 'resnet19': the closest are torchvision:resnet18"),
        ("torchvision:fcn_resnet50", "torchvision has no network 'fcn_resnet50'"),
        ("timm:resnet26x", "timm has no network 'resnet26x': the closest are timm:resnet26"),
    ],
)
def test_an_unknown_network_is_one_sentence_with_the_closest(name: str, sentence: str) -> None:
    pytest.importorskip("timm")
    with pytest.raises(ValueError) as error:
        zoo.build(name)
    assert str(error.value).startswith(sentence)


def test_a_network_for_one_size_of_picture_refuses_another() -> None:
    pytest.importorskip("timm")
    with pytest.raises(ValueError, match=r"^image_size of timm:vit_tiny_patch16_224 is 96: allowed are 224$"):
        zoo.build("timm:vit_tiny_patch16_224", image_size=96)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("torchvision:resnet50", (224, 224)), ("torchvision:inception_v3", (299, 299)),
        ("torchvision:efficientnet_b7", (600, 600)), ("torchvision:swin_v2_t", (256, 256)),
        ("timm:resnet50", (224, 224)), ("timm:wide_resnet50_2", (224, 224)), ("timm:levit_128", (224, 224)),
        ("timm:tf_efficientnet_b7", (600, 600)), ("timm:vit_small_patch14_dinov2", (518, 518)),
        ("timm:swin_base_patch4_window12_384", (384, 384)), ("timm:maxvit_tiny_tf_512.in1k", (512, 512)),
        ("timm:vit_base_patch16_sapiens2", (1024, 768)),
    ],
)  # fmt: skip
def test_the_size_of_a_network_is_that_of_its_documented_weights(name: str, size: tuple[int, int]) -> None:
    pytest.importorskip("timm")
    assert outside.own_image_size(zoo.OutsideSpec(source=name, image_size=64)) == size
    assert outside.input_shape(zoo.spec(name)) == (3, *size)
    assert outside.input_shape(zoo.spec(name, image_size=64)) == (3, 64, 64)


@pytest.mark.parametrize("name", ["torchvision:nonsense", "timm:nonsense"])
def test_a_network_that_is_not_there_has_no_size(name: str) -> None:
    pytest.importorskip("timm")
    with pytest.raises(ValueError, match="has no network 'nonsense'"):
        outside.own_image_size(zoo.OutsideSpec(source=name))


def test_a_wrong_tag_of_timm_is_one_sentence() -> None:
    pytest.importorskip("timm")
    for ask in (outside.own_image_size, zoo.build):
        with pytest.raises(ValueError, match=r"^timm:resnet50.nonsense cannot be built: Invalid pretrained tag"):
            ask(zoo.OutsideSpec(source="timm:resnet50.nonsense"))


def test_a_transformer_of_torchvision_has_as_many_positions_as_the_asked_size() -> None:
    network = on_meta("torchvision:vit_b_16", image_size=96)
    assert network(torch.empty(2, 3, 96, 96, device="meta")).shape == (2, 1000)
    with pytest.raises(ValueError, match=r"^torchvision:vit_b_16 cannot be built: "):
        zoo.build("torchvision:vit_b_16", image_size=100)


def test_timm_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)  # as if it were not installed
    with pytest.raises(ValueError, match=r"^timm:resnet26 needs the package timm, which is not installed$"):
        zoo.build("timm:resnet26")
