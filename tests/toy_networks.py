"""Small networks of every kind of structure that folding and drawing must understand, beside those of the libraries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor, nn

from resnet_viz.graph import NetworkGraph, trace


def conv(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, stride, 1)


class Residual(nn.Module):
    """y = x + conv(relu(conv(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a, self.b = conv(channels, channels), conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b(torch.relu(self.a(x)))


class Highway(nn.Module):
    """y = t h(x) + (1 - t) x (Srivastava et al. 2015)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.carry, self.h = conv(channels, channels), conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        t = torch.sigmoid(self.carry(x))
        return t * torch.relu(self.h(x)) + (1 - t) * x


class RungeKutta(nn.Module):
    """One step of the fourth-order method: four evaluations, one sum at the top level."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.f = nn.ModuleList(nn.Sequential(conv(channels, channels), nn.Tanh()) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        k1 = self.f[0](x)
        k2 = self.f[1](x + k1 / 2)
        k3 = self.f[2](x + k2 / 2)
        k4 = self.f[3](x + k3)
        return x + (k1 + 2 * k2 + 2 * k3 + k4) / 6


def two_stages(block: Callable[[int], nn.Module]) -> nn.Module:
    """Three blocks, a strided convolution, three blocks, a classifier."""
    return nn.Sequential(
        conv(3, 8),
        nn.Sequential(*(block(8) for _ in range(3))),
        conv(8, 16, 2),
        nn.Sequential(*(block(16) for _ in range(3))),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )


class DoubleConvolution(nn.Sequential):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(conv(channels_in, channels_out), nn.ReLU(), conv(channels_out, channels_out), nn.ReLU())


class UNet(nn.Module):
    """Three long shortcuts into concatenations (Ronneberger et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([DoubleConvolution(3, 8), DoubleConvolution(8, 16), DoubleConvolution(16, 32)])
        self.middle, self.pool = DoubleConvolution(32, 64), nn.MaxPool2d(2)
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, 2) for c in (32, 16, 8))
        self.up = nn.ModuleList(DoubleConvolution(2 * c, c) for c in (32, 16, 8))
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for block in self.down:
            x = block(x)
            kept.append(x)
            x = self.pool(x)
        x = self.middle(x)
        for grow, block, skip in zip(self.grow, self.up, reversed(kept), strict=True):
            x = block(torch.cat([grow(x), skip], 1))
        return self.out(x)


class SuperResolution(nn.Module):
    """Residual blocks inside one long shortcut (Lim et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.tail = conv(3, 8), conv(8, 3)
        self.body = nn.Sequential(*(Residual(8) for _ in range(6)), conv(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(x)
        return self.tail(x + self.body(x))


class Recurrent(nn.Module):
    """One residual block called five times."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.block = conv(3, 8), Residual(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for _ in range(5):
            x = self.block(x)
        return x


class TwoStreams(nn.Module):
    """Two branches of equal resolution that meet in a concatenation."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, 8)
        self.one = nn.Sequential(*(Residual(8) for _ in range(3)))
        self.other = nn.Sequential(*(Residual(8) for _ in range(2)))
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.head(torch.cat([self.one(x), self.other(x)], 1).mean((2, 3)))


class WrittenFlat(nn.Module):
    """Residual sums written into one forward, without a module for a block."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, 8)
        for n in range(6):
            setattr(self, f"c{n}", conv(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for n in range(6):
            x = torch.relu(x + getattr(self, f"c{n}")(x))
        return x


TOYS = {
    "residual": lambda: two_stages(Residual),
    "highway": lambda: two_stages(Highway),
    "runge-kutta": lambda: two_stages(RungeKutta),
    "u-net": UNet,
    "super-resolution": SuperResolution,
    "recurrent": Recurrent,
    "two-streams": TwoStreams,
    "flat": WrittenFlat,
}


@cache
def toy(name: str) -> NetworkGraph:
    """The traced graph of one of TOYS, for 16×16 images."""
    return trace(TOYS[name]().eval(), torch.zeros(2, 3, 16, 16), name=name)


@cache
def drawn_toy(block: Callable[..., nn.Module], paths: int = 32) -> NetworkGraph:
    """The traced graph of two stages of a block of so many paths."""
    model = two_stages(partial(block, paths=paths)).eval()
    return trace(model, torch.zeros(2, 3, 16, 16), name=block.__name__)
