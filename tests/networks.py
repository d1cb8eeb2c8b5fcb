"""Networks of torchvision and timm with the number of junctions that their own configuration lets expect.

The expectation counts blocks in the model's stages, by the rule of its paper (every block of a ResNet has a shortcut,
an inverted residual has one where it keeps the shape, a transformer layer has two); nothing of it comes from a trace.
Tests of graphs, of drawings and of surgery share the list, and the graphs: each is traced once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from resnet_viz.graph import NetworkGraph, trace
from resnet_viz.zoo.torchvision_guard import import_torchvision

Counting = Callable[[Any], int]


def none(model: Any) -> int:
    return 0


@dataclass(frozen=True)
class Case:
    """A network, how it is built, and what is to be found in it."""

    name: str  # "torchvision:resnet50"
    shortcuts: Counting  # sums at the top level, from the model's configuration
    concatenations: Counting | None = none  # junctions that are concatenations, None where nothing is claimed
    size: int = 224
    small: int = 64  # a size of image that it also takes
    is_quick: bool = False  # for tests that are content with a few

    def build(self, device: str = "meta") -> nn.Module:
        """The network in evaluation mode; on the meta device unless its construction needs numbers."""
        return _built(self.name, device).eval()

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        return 2, 3, self.size, self.size

    @property
    def small_input_shape(self) -> tuple[int, int, int, int]:
        return 2, 3, self.small, self.small

    @property
    def expected_junctions(self) -> int:
        return _facts(self).shortcuts

    @property
    def expected_concatenations(self) -> int | None:
        return _facts(self).concatenations

    @property
    def graph(self) -> NetworkGraph:
        """Its graph, traced once for all tests."""
        return _facts(self).graph


class _Facts(NamedTuple):
    shortcuts: int
    concatenations: int | None
    graph: NetworkGraph


@cache
def _facts(case: Case) -> _Facts:
    model = case.build()
    concatenations = case.concatenations(model) if case.concatenations is not None else None
    graph = trace(model, torch.zeros(case.input_shape, device="meta"), name=case.name)
    return _Facts(case.shortcuts(model), concatenations, graph)


def _built(name: str, device: str) -> nn.Module:
    try:
        with torch.device(device), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries deprecate each other
            return _create(name)
    except NotImplementedError:  # its initialisation computes with the numbers
        if device != "meta":
            raise
        return _built(name, "cpu")


def _create(name: str) -> nn.Module:
    torchvision = import_torchvision()
    library, _, name = name.partition(":")
    if library == "timm":
        import timm

        return timm.create_model(name)
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, weights=None, **options)


# ---- expectations


def stages(*names: str) -> Counting:
    """One for every block in these stages."""
    return lambda model: sum(len(getattr(model, name)) for name in names)


def of_class(*names: str, each: int = 1) -> Counting:
    """So many for every module of a class."""
    return lambda model: each * sum(type(module).__name__ in names for module in model.modules())


def length(path: str, each: int = 1) -> Counting:
    """So many for every element of a container."""
    return lambda model: each * len(model.get_submodule(path))


def inside(path: str, inner: str, each: int = 1) -> Counting:
    """So many for every block of every stage: `path` holds the stages, `inner` is where a stage has its blocks."""
    return lambda model: each * sum(len(stage.get_submodule(inner)) for stage in model.get_submodule(path))


def keeping_shape(*names: str, may_widen: bool = False) -> Counting:
    """One for every block of a class with stride 1 and as many channels out as in (inverted residuals)."""

    def count(model: nn.Module) -> int:
        return sum(_keeps_shape(block, may_widen) for block in model.modules() if type(block).__name__ in names)

    return count


def _keeps_shape(block: nn.Module, may_widen: bool) -> bool:
    gates = {id(part) for gate in block.modules() if type(gate).__name__ in _CHANNEL_GATES for part in gate.modules()}
    main = [conv for conv in block.modules() if isinstance(conv, nn.Conv2d) and id(conv) not in gates]
    channels_in, channels_out = main[0].in_channels, main[-1].out_channels
    is_alike = channels_in <= channels_out if may_widen else channels_in == channels_out
    return is_alike and all(max(conv.stride) == 1 for conv in main)


_CHANNEL_GATES = ("SqueezeExcitation", "SqueezeExcite", "SEModule", "SEWithNorm")


def hrnet(model: Any) -> int:
    """Blocks of every branch of every exchange module, and one for each resolution in the classification head."""
    stages = (model.stage2_cfg, model.stage3_cfg, model.stage4_cfg)
    exchanged = sum(cfg["num_modules"] * sum(cfg["num_blocks"]) for cfg in stages)
    return len(model.layer1) + exchanged + len(model.incre_modules)


def maxvit(model: Any) -> int:
    """A layer has an inverted residual and two attentions (block, grid), each with its MLP."""
    return sum(5 * len(block.layers) for block in model.blocks)


def coatnet(model: Any) -> int:
    """One for a convolutional block, two for a transformer block."""
    return of_class("MbConvBlock")(model) + of_class("TransformerBlock2d", each=2)(model)


RESNET = stages("layer1", "layer2", "layer3", "layer4")
TIMM_STAGES = inside("stages", "blocks")


def torchvision(name: str, shortcuts: Counting, concatenations: Counting | None = none, **options: Any) -> Case:
    return Case(f"torchvision:{name}", shortcuts, concatenations, **options)


def timm(name: str, shortcuts: Counting, concatenations: Counting | None = none, **options: Any) -> Case:
    return Case(f"timm:{name}", shortcuts, concatenations, **options)


NETWORKS: list[Case] = [
    torchvision("resnet18", RESNET, is_quick=True),
    torchvision("resnet50", RESNET, is_quick=True),
    torchvision("resnet152", RESNET),
    torchvision("resnext50_32x4d", RESNET),
    torchvision("wide_resnet50_2", RESNET),
    torchvision("densenet121", none, of_class("_DenseLayer"), is_quick=True),
    torchvision("mobilenet_v2", keeping_shape("InvertedResidual"), is_quick=True),
    torchvision("mobilenet_v3_small", keeping_shape("InvertedResidual")),
    torchvision("mobilenet_v3_large", keeping_shape("InvertedResidual")),
    torchvision("efficientnet_b0", keeping_shape("MBConv")),
    torchvision("efficientnet_v2_s", keeping_shape("MBConv", "FusedMBConv")),
    torchvision("regnet_y_400mf", of_class("ResBottleneckBlock")),
    torchvision("regnet_x_400mf", of_class("ResBottleneckBlock")),
    torchvision("convnext_tiny", of_class("CNBlock")),
    torchvision("vit_b_16", length("encoder.layers", each=2), small=224),
    torchvision("swin_t", of_class("SwinTransformerBlock", each=2), small=224),
    torchvision("swin_v2_t", of_class("SwinTransformerBlockV2", each=2), small=256, size=256),
    torchvision("maxvit_t", maxvit, small=224),
    torchvision("mnasnet1_0", keeping_shape("_InvertedResidual")),
    torchvision("shufflenet_v2_x1_0", none, lambda m: len(m.stage2) + len(m.stage3) + len(m.stage4) - 3, is_quick=True),
    torchvision("googlenet", none),
    torchvision("inception_v3", none, size=299, small=75),
    torchvision("vgg16_bn", none),
    torchvision("squeezenet1_1", none),
    torchvision("alexnet", none),
    timm("seresnet50", RESNET),
    timm("resnetv2_50", TIMM_STAGES),
    timm("res2net50_26w_4s", RESNET, is_quick=True),
    timm("res2next50", RESNET),
    timm("rexnet_100", keeping_shape("LinearBottleneck", may_widen=True)),
    timm("resnest50d", RESNET),
    timm("skresnet18", RESNET),
    timm("ecaresnet50t", RESNET),
    timm("gcresnet50t", inside("stages", ""), is_quick=True),
    timm("efficientnet_b0", keeping_shape("InvertedResidual", "DepthwiseSeparableConv")),
    timm("ghostnet_100", of_class("GhostBottleneck"), is_quick=True),
    timm("convnextv2_atto", TIMM_STAGES, is_quick=True),
    timm("nfnet_l0", of_class("NormFreeBlock")),
    timm("dm_nfnet_f0", of_class("NormFreeBlock")),
    timm("vit_tiny_patch16_224", length("blocks", each=2), small=224, is_quick=True),
    timm("swin_tiny_patch4_window7_224", inside("layers", "blocks", each=2), small=224),
    timm("coatnet_nano_rw_224", coatnet, small=224),
    timm("mixer_s32_224", length("blocks", each=2), small=224, is_quick=True),
    timm("poolformer_s12", inside("stages", "blocks", each=2), is_quick=True),
    timm("hrnet_w18_small", hrnet),
    timm("dla34", of_class("DlaBasic"), None),
    timm("regnetx_002", of_class("Bottleneck")),
    timm("darknet53", of_class("DarkBlock")),
    timm("cspresnet50", of_class("BottleneckBlock"), length("stages")),
    timm("davit_tiny", of_class("SpatialBlock", "ChannelBlock", each=4), small=224),
    timm("repvgg_a2", of_class("RepVggBlock")),
    timm("mobileone_s0", of_class("MobileOneBlock")),
    timm("inception_resnet_v2", of_class("Block35", "Block17", "Block8"), size=299, small=75),
    timm("densenet121", none, of_class("DenseLayer")),
]

# Networks that the rules had not seen when they were written.
FURTHER: list[Case] = [
    timm("dpn68", lambda m: sum(type(b).__name__ == "DualPathBlock" and not b.has_proj for b in m.modules()), None),
    timm("starnet_s1", of_class("Block")),
    timm("pvt_v2_b0", of_class("Block", each=2)),
    timm("inception_next_tiny", of_class("MetaNeXtBlock"), None),
    timm("convit_tiny", length("blocks", each=2), small=224),  # assigns to items: recorded
    # the class token is a parameter when its first sum is made: that one has no shortcut from the input
    timm("cait_xxs24_224", lambda m: 2 * len(m.blocks) + 2 * len(m.blocks_token_only) - 1, None, small=224),
    timm("pit_ti_224", of_class("Block", each=2), small=224),
    # its two heads are averaged: a sum of two equal maps, in which neither is a shortcut
    timm("levit_128s", lambda m: of_class("LevitBlock", each=2)(m) + of_class("LevitDownsample")(m), small=224),
]

each_network = pytest.mark.parametrize("network", [*NETWORKS, *FURTHER], ids=attrgetter("name"))
