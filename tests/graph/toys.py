"""Small networks, each with one thing that is hard to trace, to judge or to count."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 4


def conv(channels_in: int = WIDTH, channels_out: int = WIDTH, kernel: int = 3, **options: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, **options)


class Computes(nn.Module):
    """A network whose forward is a function of itself and x; it has the parts a to d, 3x3 convolutions."""

    def __init__(self, function: Callable[[Computes, Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = conv(), conv(), conv(), conv()
        for name, part in parts.items():
            setattr(self, name, part)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self, x)


def image(channels: int = WIDTH, size: int = 8, batch: int = 2) -> Tensor:
    return torch.randn(batch, channels, size, size, generator=torch.Generator().manual_seed(0))


class Highway(nn.Module):
    """y = t * H(x) + (1 - t) * x with t = sigmoid(T(x)) (Srivastava et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.transform, self.gate = conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(x))
        return gate * self.transform(x) + (1 - gate) * x


class RungeKutta(nn.Module):
    """The classical fourth-order step, whose stages are sums inside the branch of one sum."""

    def __init__(self) -> None:
        super().__init__()
        self.field = conv()

    def forward(self, x: Tensor) -> Tensor:
        first = self.field(x)
        second = self.field(x + 0.5 * first)
        third = self.field(x + 0.5 * second)
        return x + (first + 2 * second + 2 * third + self.field(x + third)) / 6


class SqueezeExcitation(nn.Module):
    """x + F(x) * gate(F(x)): a product inside the branch (Hu et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.squeeze = conv(), conv(kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.main(x)
        return x + y * torch.sigmoid(self.squeeze(y.mean((2, 3), keepdim=True)))


class Context(nn.Module):
    """x + W(mean(x)): the same vector is added everywhere (GCNet, Cao et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.transform = conv(kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.transform(F.adaptive_avg_pool2d(x, 1))


class ResponseNorm(nn.Module):
    """x + scale * x / norm(x): a gate without weights beside x, no residual branch (ConvNeXt V2's GRN)."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, WIDTH, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * (x * (x.norm(dim=(2, 3), keepdim=True) + 1).reciprocal())


class DenseLayers(nn.Module):
    """Each layer reads the concatenation of everything before it (DenseNet)."""

    def __init__(self, layers: int = 3) -> None:
        super().__init__()
        self.layers = nn.ModuleList(conv(WIDTH * (i + 1), WIDTH) for i in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)


class Decides(nn.Module):
    """Goes one of two ways by the numbers in its input."""

    def __init__(self) -> None:
        super().__init__()
        self.usual, self.rare = conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 1e6:
            x = x + self.rare(x)
        return x + self.usual(x)


class Assigns(nn.Module):
    """Writes into a part of a tensor, which no symbolic tracer follows."""

    def __init__(self) -> None:
        super().__init__()
        self.main = conv()

    def forward(self, x: Tensor) -> Tensor:
        y = self.main(x)
        y[:, 0] = 0.0
        return x + y


class ChangesThroughView(nn.Module):
    """Adds in place to a view, then reads the base."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.last = conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        base = self.last(x)
        view = base.view(base.shape)
        view += self.main(base.clone())
        return base * 2


class Broken(nn.Module):
    """Cannot run at all."""

    def forward(self, x: Tensor) -> Tensor:
        return x @ torch.ones(3, 5)


class Preactivated(nn.Module):
    """Two pre-activation blocks with in-place ReLUs, which change the shortcut's tensor too."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.relu, self.first, self.second = nn.BatchNorm2d(WIDTH), nn.ReLU(inplace=True), conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(x))
        x = x + self.first(x)
        shortcut = x
        y = self.relu(x)
        return shortcut + self.second(y)


class ByMode(nn.Module):
    """Does something else while training."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.extra = conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.main(x)
        return y + self.extra(y) if self.training else F.dropout(y, 0.5, self.training)


def path(channels_in: int, width: int, channels_out: int) -> nn.Sequential:
    """One path of a ResNeXt block: 1x1, 3x3, 1x1, with their norms and activations; 1x1, 3x3 where none is wanted."""
    parts = [conv(channels_in, width, kernel=1), nn.BatchNorm2d(width), nn.ReLU(), conv(width, width)]
    parts += [nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*parts, *([conv(width, channels_out, kernel=1)] if channels_out else []))


class SummedPaths(nn.Module):
    """y = relu(x + norm(sum of the paths)) (ResNeXt, Xie et al. 2017, Figure 3a)."""

    def __init__(self, channels: int = 16, paths: int = 32) -> None:
        super().__init__()
        self.paths = nn.ModuleList(path(channels, WIDTH, channels) for _ in range(paths))
        self.norm, self.relu = nn.BatchNorm2d(channels), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        total = self.paths[0](x)
        for branch in self.paths[1:]:
            total = total + branch(x)
        return self.relu(x + self.norm(total))


class JoinedPaths(nn.Module):
    """y = relu(x + norm(W [paths])) (the same paper's Figure 3b)."""

    def __init__(self, channels: int = 16, paths: int = 32) -> None:
        super().__init__()
        self.paths = nn.ModuleList(path(channels, WIDTH, 0) for _ in range(paths))
        self.last, self.norm, self.relu = conv(WIDTH * paths, channels, 1), nn.BatchNorm2d(channels), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.norm(self.last(torch.cat([branch(x) for branch in self.paths], 1))))


class LinearPaths(nn.Module):
    """A sum of maps that do the same, without activations: x is in none of them as it is."""

    def __init__(self, paths: int = 6) -> None:
        super().__init__()
        self.paths = nn.ModuleList(nn.Sequential(conv(), nn.BatchNorm2d(WIDTH), conv()) for _ in range(paths))

    def forward(self, x: Tensor) -> Tensor:
        total = self.paths[0](x)
        for branch in self.paths[1:]:
            total = total + branch(x)
        return total


class SummedWithShortcut(nn.Module):
    """x + p + q + ... in one sum: the shortcut is one of its terms."""

    def __init__(self, channels: int = 16, paths: int = 8) -> None:
        super().__init__()
        self.paths = nn.ModuleList(path(channels, WIDTH, channels) for _ in range(paths))

    def forward(self, x: Tensor) -> Tensor:
        total = x
        for branch in self.paths:
            total = total + branch(x)
        return total
