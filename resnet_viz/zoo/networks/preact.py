"""ResNet v2 (He et al. 2016, arXiv:1603.05027): the same parts in five orders, and the shortcuts of its Table 1.

A unit is y = after(h(x) + F(x)), where x = before(what enters). A convolution, its batch norm and its activation are
numbered alike wherever they stand, so that all arrangements have the same parameters.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from itertools import takewhile

from torch import Tensor, nn

from resnet_viz.zoo.networks.parts import ACTIVATIONS, Network, Place, ZeroPadShortcut, head, same_size_conv, stages
from resnet_viz.zoo.specs import PreActSpec

# Figure 4 of the paper: how the three parts of every layer follow each other, and which of the unit's last stand after
# the addition.
ORDER = {
    "a": ("conv", "bn", "relu"),
    "b": ("conv", "bn", "relu"),
    "c": ("conv", "bn", "relu"),
    "d": ("relu", "conv", "bn"),
    "e": ("bn", "relu", "conv"),
}
AFTER_ADDITION = {"a": ("relu",), "b": ("bn", "relu")}
AT_END = {"d": ("relu",), "e": ("bn1", "relu")}  # which parts of the stem stand after the last unit


class PlainUnit(nn.Module):
    """y = after(F(x)): a unit without shortcut."""

    def __init__(self, spec: PreActSpec, place: Place) -> None:
        super().__init__()
        parts = unit_parts(spec, place)
        last = len(layer_shapes(spec, place))
        before = [f"{part}1" for part in _before_convolution(spec) if activates_before_split(spec, place)]
        after = [f"{part}{last}" for part in AFTER_ADDITION.get(spec.arrangement, ())]
        self.before = _taken(before, parts)
        self.after = _taken(after, parts)
        self.residual = _taken(list(parts), parts)

    def forward(self, x: Tensor) -> Tensor:  # (N, C_in, H, W) -> (N, C_out, H/s, W/s)
        return self.after(self.joined(self.before(x)))

    def joined(self, x: Tensor) -> Tensor:
        """What shortcut and residual branch together make of x."""
        return self.residual(x)


class Unit(PlainUnit):
    """y = after(h(x) + F(x)), h being the shortcut."""

    def __init__(self, spec: PreActSpec, place: Place) -> None:
        super().__init__(spec, place)
        self.shortcut = make_shortcut(spec, place)

    def joined(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.residual(x)


class ScaledUnit(Unit):
    """Constant scaling: λ h(x) + β F(x)."""

    def __init__(self, spec: PreActSpec, place: Place) -> None:
        super().__init__(spec, place)
        self.shortcut_scale, self.branch_scale = spec.shortcut_scale, spec.branch_scale

    def joined(self, x: Tensor) -> Tensor:
        scaled = self.shortcut_scale * self.shortcut(x)
        if self.branch_scale == 1:
            return scaled + self.residual(x)
        return scaled + self.branch_scale * self.residual(x)


class ShortcutGatedUnit(Unit):
    """Shortcut-only gating: (1 − g(x)) h(x) + F(x), each number with a gate of its own."""

    def __init__(self, spec: PreActSpec, place: Place) -> None:
        super().__init__(spec, place)
        conv = nn.Conv2d(place.in_channels, place.channels * spec.expansion, 1, place.stride)
        self.gate = nn.Sequential(OrderedDict(conv=conv, sigmoid=nn.Sigmoid()))

    def joined(self, x: Tensor) -> Tensor:
        return (1 - self.gate(x)) * self.shortcut(x) + self.residual(x)


class ExclusivelyGatedUnit(ShortcutGatedUnit):
    """Exclusive gating: (1 − g(x)) h(x) + g(x) F(x)."""

    def joined(self, x: Tensor) -> Tensor:
        gate = self.gate(x)
        return (1 - gate) * self.shortcut(x) + gate * self.residual(x)


UNITS: dict[str, type[PlainUnit]] = {
    "none": PlainUnit,
    "scaled": ScaledUnit,
    "shortcut_only": ShortcutGatedUnit,
    "exclusive": ExclusivelyGatedUnit,
}


class PreActNetwork(Network):
    """A network whose gates start with a bias of their own."""

    spec: PreActSpec

    def initialise(self, path: str, module: nn.Module) -> None:
        super().initialise(path, module)
        if isinstance(module, nn.Conv2d) and module.bias is not None:  # no other convolution has a bias
            nn.init.constant_(module.bias, self.spec.gate_bias)


def preact(spec: PreActSpec) -> Network:
    """A ResNet v2, or its plain twin.

    Where the units begin with an activation, that of the stem stands after the last unit (the paper's appendix).
    """
    channels, features = spec.stage_channels, spec.stage_channels[-1] * spec.expansion
    normed = features if spec.arrangement == "e" else channels[0]
    around = {"bn1": nn.BatchNorm2d(normed), "relu": ACTIVATIONS[spec.activation]()}
    if not spec.batch_norm:
        del around["bn1"]
    at_end = {name: around.pop(name) for name in AT_END.get(spec.arrangement, ()) if name in around}
    Block = UNITS.get(spec.shortcut, Unit)
    parts = {
        "conv1": same_size_conv(spec.in_channels, channels[0], 3),
        **around,
        **stages(partial(Block, spec), spec.stage_blocks, channels, spec.expansion, channels[0]),
        **at_end,
        **head(features, spec.num_classes),
    }
    return PreActNetwork(spec, parts)


# ---- inside a unit


def unit_parts(spec: PreActSpec, place: Place) -> dict[str, nn.Module]:
    """conv1, bn1, relu1, conv2, … of a unit in the order of the arrangement."""
    parts: dict[str, nn.Module] = {}
    for number, (entering, leaving, kernel_size, stride) in enumerate(layer_shapes(spec, place), start=1):
        normed = entering if "bn" in _before_convolution(spec) else leaving
        made = {
            "conv": same_size_conv(entering, leaving, kernel_size, stride),
            "bn": nn.BatchNorm2d(normed),
            "relu": ACTIVATIONS[spec.activation](),
        }
        parts |= {f"{part}{number}": made[part] for part in ORDER[spec.arrangement] if part != "bn" or spec.batch_norm}
    return parts


def layer_shapes(spec: PreActSpec, place: Place) -> tuple[tuple[int, int, int, int], ...]:
    """(in_channels, out_channels, kernel_size, stride) of each convolution of a residual branch; the first takes the
    stride, as in the released code."""
    entering, width, leaving = place.in_channels, place.channels, place.channels * spec.expansion
    if spec.block == "basic":
        return (entering, width, 3, place.stride), (width, leaving, 3, 1)
    return (entering, width, 1, place.stride), (width, width, 3, 1), (width, leaving, 1, 1)


def activates_before_split(spec: PreActSpec, place: Place) -> bool:
    """Whether shortcut and branch both see what stands before the first convolution: in the first unit (the paper's
    appendix) and where the shortcut is a convolution (the released code)."""
    return place.number == 1 or is_projected(spec, place)


def is_projected(spec: PreActSpec, place: Place) -> bool:
    """Whether the shortcut is a convolution; a plain twin answers as its residual network does."""
    if spec.shortcut in ("identity", "none"):
        return spec.block == "bottleneck" and place.in_channels != place.channels * spec.expansion
    return spec.shortcut == "1x1"


def make_shortcut(spec: PreActSpec, place: Place) -> nn.Module:
    """h(x) without factors and gates: a 1×1 convolution, or x itself, with zeros added where the shape changes."""
    out_channels = place.channels * spec.expansion
    if is_projected(spec, place):
        return same_size_conv(place.in_channels, out_channels, 1, place.stride)
    padded = ZeroPadShortcut(place.in_channels, out_channels, place.stride)
    kept = nn.Identity() if place.stride == 1 and place.in_channels == out_channels else padded
    return nn.Sequential(kept, nn.Dropout(spec.dropout)) if spec.shortcut == "dropout" else kept


def _before_convolution(spec: PreActSpec) -> tuple[str, ...]:
    """The parts of a layer before its convolution."""
    return tuple(takewhile(lambda part: part != "conv", ORDER[spec.arrangement]))


def _taken(names: list[str], parts: dict[str, nn.Module]) -> nn.Sequential:
    """These of the parts as a sequence, taken out of `parts`; without batch norm some are not there."""
    return nn.Sequential(OrderedDict((name, parts.pop(name)) for name in names if name in parts))
