"""UniPose is a ResNet whose last map stays large, a waterfall of dilated convolutions, and a map for every joint."""

from __future__ import annotations

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes import GradientQuestion, gradients
from resnet_viz.probes.architecture import graph_of
from resnet_viz.surgery import Surgery, operate
from tests.zoo.helpers import assert_refused, count, on_meta

NAME = "unipose_resnet50"
CASCADES = {16: [18, 12, 6], 8: [36, 24, 12]}
BACKBONES = {16: {"layer3": 1, "layer4": (2, 4, 8)}, 8: {"layer3": 2, "layer4": (4, 8, 16)}}


@pytest.mark.parametrize(("output_stride", "side"), [(16, 6), (8, 12)])
def test_its_maps_are_as_fine_as_asked_and_the_heatmaps_an_eighth(output_stride: int, side: int) -> None:
    network, sides = on_meta(NAME, output_stride=output_stride), []
    network.get_submodule("layer4").register_forward_hook(lambda *call: sides.append(call[2].shape[2:]))
    assert network(torch.empty(2, 3, 96, 96, device="meta")).shape == (2, 15, 12, 12)
    assert sides == [(side, side)]


@pytest.mark.parametrize("output_stride", [16, 8])
def test_the_dilations_are_those_of_the_released_code(output_stride: int) -> None:
    network = on_meta(NAME, output_stride=output_stride)
    dilations = [c.dilation[0] for c in network.get_submodule("wasp.cascade").modules() if isinstance(c, nn.Conv2d)]
    assert dilations == CASCADES[output_stride]
    for number, dilation in enumerate(BACKBONES[output_stride]["layer4"]):
        assert network.get_submodule(f"layer4.{number}.residual.conv2").dilation == (dilation, dilation)
    assert network.get_submodule("layer3.5.residual.conv2").dilation[0] == BACKBONES[output_stride]["layer3"]


@pytest.mark.parametrize("depth", [50, 101])
def test_the_backbone_has_the_parameters_of_the_resnet_without_its_classifier(depth: int) -> None:
    network, resnet = on_meta(NAME, depth=depth), on_meta(f"resnet{depth}")
    parts = [network.get_submodule(name) for name in ("stem", "layer1", "layer2", "layer3", "layer4")]
    backbone = sum(p.numel() for part in parts for p in part.parameters())
    assert backbone == sum(p.numel() for n, p in resnet.named_parameters() if not n.startswith("fc"))
    norms = 2 * 256
    waterfall = 2 * (2048 * 256 + norms) + 3 * (9 * 256 * 256 + norms) + 256 * 256 + (1280 * 256 + norms)
    assert count(network.get_submodule("wasp")) == waterfall


def convolved(x: Tensor, conv: nn.Conv2d, dilation: int = 1) -> Tensor:
    return F.conv2d(x, conv.weight, conv.bias, padding=dilation * (conv.kernel_size[0] // 2), dilation=dilation)


def test_the_waterfall_computes_its_cascade_and_applies_one_convolution_twice_to_each_step() -> None:
    wasp = zoo.build(NAME, batch_norm=False).get_submodule("wasp").eval()
    x = torch.randn(2, 2048, 7, 7)
    steps = [convolved(x, wasp.first.conv).clamp(min=0)]
    for unit, dilation in zip(wasp.cascade, CASCADES[16], strict=True):
        steps.append(convolved(steps[-1], unit.conv, dilation).clamp(min=0))
    pooled = convolved(x.mean((2, 3), keepdim=True), wasp.pooled[1].conv).clamp(min=0).expand_as(steps[0])
    twice = [convolved(convolved(step, wasp.shared), wasp.shared) for step in steps]
    expected = convolved(torch.cat([*twice, pooled], 1), wasp.project.conv).clamp(min=0)
    torch.testing.assert_close(wasp(x), expected, rtol=1e-4, atol=1e-4)


def doubled_less_one(side: int) -> Tensor:
    """The matrix that puts the mean of two neighbours between them: a line of numbers becomes 2·side − 1 long."""
    rows = torch.zeros(2 * side - 1, side)
    rows[::2] = torch.eye(side)
    rows[1::2] = (rows[:-1:2] + rows[2::2]) / 2
    return rows


def test_the_decoder_mixes_the_waterfalls_map_with_a_finer_one_and_gives_a_map_for_every_joint() -> None:
    decoder = zoo.build(NAME, batch_norm=False).get_submodule("decoder").eval()
    late, early = torch.randn(2, 256, 4, 4), torch.randn(2, 256, 13, 13)
    fine = F.max_pool2d(convolved(early, decoder.early[0].conv).clamp(min=0), 3, stride=2, padding=1)
    grown = doubled_less_one(4) @ late @ doubled_less_one(4).T  # corners stay where they are
    assert grown.shape[2:] == fine.shape[2:] == (7, 7)
    mixed = convolved(torch.cat([grown, fine], 1), decoder.mix[0].conv).clamp(min=0)
    mixed = convolved(mixed, decoder.mix[1].conv).clamp(min=0)
    torch.testing.assert_close(decoder(late, early), convolved(mixed, decoder.heatmaps), rtol=1e-4, atol=1e-4)


def test_each_step_of_the_cascade_sees_more_of_the_picture() -> None:
    ops = graph_of(zoo.spec(NAME)).ops
    fields = [op.receptive_field for op in ops if op.module_path.startswith("wasp.cascade") and op.kind == "weighted"]
    assert [after - before for before, after in itertools.pairwise(fields)] == [2 * 12 * 16, 2 * 6 * 16]


@pytest.mark.parametrize("depth", [50, 101])
def test_its_shortcuts_are_those_of_the_backbone(depth: int) -> None:
    spec = zoo.spec(NAME, depth=depth)
    graph = graph_of(spec)
    assert spec.num_shortcuts == len(graph.shortcuts) == len(graph.junctions) == {50: 16, 101: 33}[depth]
    assert {stage.title for stage in graph.stages} >= {"wasp", "decoder"}
    assert graph.num_parameters == count(on_meta(NAME, depth=depth))


def test_cutting_all_shortcuts_is_the_plain_backbone() -> None:
    spec = zoo.spec(NAME, shortcut="A")
    network, image = zoo.build(spec).eval(), torch.rand(1, 3, 64, 64)
    plain = zoo.build(spec.without_shortcuts()).eval()
    plain.load_state_dict(network.state_dict())
    everything = Surgery.of(cut=[junction.name for junction in graph_of(spec).shortcuts])
    with torch.no_grad():
        assert torch.equal(operate(network, everything, image)(image), plain(image))


def test_asking_for_the_gradient_of_a_network_without_scores_is_one_sentence() -> None:
    spec = zoo.spec(NAME)
    with pytest.raises(ValueError) as error:
        gradients.measure(GradientQuestion.defaults(spec, graph_of(spec)))
    assert str(error.value) == (
        "unipose_resnet50 gives no scores of classes, so there is no loss whose gradient could be measured"
    )


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"depth": 34}, "depth of unipose_resnet50 is 34: allowed are 50, 101"),
        ({"output_stride": 32}, "output_stride of unipose_resnet50 is 32: allowed are 8, 16"),
        ({"num_classes": 0}, "num_classes of unipose_resnet50 is 0: allowed are whole numbers from 1 to 100000"),
    ],
)
def test_an_impossible_value_is_one_sentence(overrides: dict[str, object], sentence: str) -> None:
    assert_refused(sentence, NAME, **overrides)
