"""What each kind of shortcut does to the signal of a network at initialisation, side by side. Without torch.

    networks = table_1(depth=20)
    rows([gradients.measure(question) for question in questions(networks)])

Beside each stands what the paper published for it after training: the signal at initialisation is one reason among
several, and batch norm may make a gradient grow where the factors on the shortcuts alone would make it shrink.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.text import _
from resnet_viz.zoo import NetworkSpec, SpecField, catalog, variations
from resnet_viz.zoo.catalog.preact import TABLE_1
from resnet_viz.zoo.catalog.variant import Result


@dataclass(frozen=True)
class SignalRow:
    """One network of a table; a ratio is NaN where one of its numbers is 0 or not finite."""

    label: str  # how it differs from the others, in words
    network: NetworkSpec
    activation_first: float  # root mean square of the output of the first block
    activation_last: float
    gradient_first_to_last: float
    published: Result | None  # after training, of just this network

    @property
    def activation_last_to_first(self) -> float:
        """How much larger the signal leaves the last block than the first."""
        usable = all(math.isfinite(size) and size > 0 for size in (self.activation_first, self.activation_last))
        return self.activation_last / self.activation_first if usable else math.nan


def table_1(depth: int = 110) -> list[NetworkSpec]:
    """The networks of Table 1 of He et al. 2016 (arXiv:1603.05027) in its order, the first with identity shortcuts.

    The paper has 110 layers; another depth is the same with fewer or more blocks.
    """
    return [row.spec.replace(depth=depth) for row in TABLE_1]


def options(network: NetworkSpec) -> list[NetworkSpec]:
    """A network with every shortcut that its family offers: options A, B, C of ResNet v1, and the plain twin.

    ValueError with one sentence for a family without such a choice.
    """
    return list(variations.along(network, variations.field(network, "shortcut")).values())


def questions(networks: Iterable[NetworkSpec], **changes: Any) -> list[GradientQuestion]:
    """What to measure: the usual question about each network, with these changes."""
    return [GradientQuestion.defaults(network, **changes) for network in networks]


def rows(answers: Sequence[GradientAnswer]) -> list[SignalRow]:
    """One row a network, in the order of the answers."""
    labels = _labels([answer.question.network for answer in answers])
    return [_row(label, answer) for label, answer in zip(labels, answers, strict=True)]


def _row(label: str, answer: GradientAnswer) -> SignalRow:
    network, rms = answer.question.network, answer.activation_rms
    return SignalRow(
        label=label,
        network=network,
        activation_first=float(rms[0]) if len(rms) else math.nan,
        activation_last=float(rms[-1]) if len(rms) else math.nan,
        gradient_first_to_last=answer.first_to_last,
        published=next(iter(catalog.results(network)), None),
    )


def _labels(networks: Sequence[NetworkSpec]) -> list[str]:
    """How every network differs from the others: the choices that have an effect on it and not one value in all."""
    values: dict[str, set[object]] = {}
    for network in networks:
        for field in network.fields():
            values.setdefault(field.name, set()).add(getattr(network, field.name))
    told = {name for name, found in values.items() if len(found) > 1}
    return [
        ", ".join(_words(field, network) for field in network.fields() if field.name in told) for network in networks
    ]


def _words(field: SpecField, network: NetworkSpec) -> str:
    value = getattr(network, field.name)
    words = f"{value:g}" if isinstance(value, float) else field.words(value)
    return words if field.name == "shortcut" else f"{_(field.label)}: {words}"
