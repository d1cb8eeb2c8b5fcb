"""Networks of torchvision and timm and ours are the same function of the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_viz import zoo
from resnet_viz.zoo import catalog
from resnet_viz.zoo.torchvision_guard import import_torchvision
from resnet_viz.zoo.weights import renamed

IN_LIBRARIES = [
    (variant.name, library, name)
    for variant in catalog.VARIANTS
    for library, name in (("torchvision", variant.torchvision), ("timm", variant.timm))
    if name
]
ROUNDED: set[str] = set()  # the order of operations differs, so the last bits may


def built(library: str, name: str) -> nn.Module:
    torchvision = import_torchvision()  # timm imports it too, and has no guard of its own
    if library == "torchvision":
        return torchvision.models.get_model(name, weights=None)
    import timm

    return timm.create_model(name)


@pytest.mark.parametrize(("name", "library", "theirs"), IN_LIBRARIES, ids=lambda value: value)
def test_a_librarys_weights_give_equal_outputs(name: str, library: str, theirs: str) -> None:
    torch.manual_seed(0)
    other, ours = built(library, theirs), zoo.build(name)
    ours.load_state_dict(renamed(other.state_dict(), zoo.spec(name)))  # strict: no key is left over on either side
    images = torch.randn(2, 3, 64, 64)
    for mode in (True, False):
        outputs = []
        for network in (other.train(mode), ours.train(mode)):
            torch.manual_seed(1)  # of the dropout
            with torch.no_grad():
                outputs.append(network(images))
        if name in ROUNDED:
            torch.testing.assert_close(outputs[1], outputs[0], rtol=1e-5, atol=1e-5 * float(outputs[0].abs().max()))
        else:
            assert torch.equal(*outputs)
