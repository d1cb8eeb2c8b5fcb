"""Which modules are one operation, and which are looked into."""

from __future__ import annotations

from torch import nn

from resnet_viz.graph.classify import words

# Classes that decide by their mode or by chance: as calls they keep deciding whenever the graph runs.
_CALLED = words("DropPath StochasticDepth DropBlock2d PatchDropout")
_CALLED_BASES = words("_NormBase _DropoutNd MultiheadAttention")

# torch.nn's own composites: a call of one would hide the sums inside it.
_COMPOSITES = (
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.Transformer,
    nn.TransformerEncoder,
    nn.TransformerDecoder,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
)


def is_leaf(module: nn.Module) -> bool:
    """Whether a call of this module is one operation: torch.nn's own layers, every norm and dropout, attention."""
    names = [cls.__name__ for cls in type(module).__mro__]
    if names[0] in _CALLED or not _CALLED_BASES.isdisjoint(names):
        return True
    return type(module).__module__.startswith("torch.nn") and not isinstance(module, _COMPOSITES)
