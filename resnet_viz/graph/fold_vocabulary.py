"""How functions and leaf modules are called in a diagram, by lower-case names without underscores at their ends."""

from __future__ import annotations

from resnet_viz.text import N_

ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "gelu": "GELU",
    "quickgelu": "GELU",
    "gelutanh": "GELU",
    "geluquick": "GELU",
    "silu": "SiLU",
    "swishme": "SiLU",
    "swishjit": "SiLU",
    "mishme": "Mish",
    "hardsigmoidme": "h-σ",
    "swish": "SiLU",
    "sigmoid": "σ",
    "tanh": "tanh",
    "softmax": "softmax",
    "logsoftmax": "log-softmax",
    "log_softmax": "log-softmax",
    "hardswish": "h-swish",
    "hard_swish": "h-swish",
    "hardswishme": "h-swish",
    "hardsigmoid": "h-σ",
    "hard_sigmoid": "h-σ",
    "hardtanh": "hard tanh",
    "leaky_relu": "LeakyReLU",
    "leakyrelu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "glu": "GLU",
    "mish": "Mish",
    "softplus": "softplus",
    "softsign": "softsign",
    "clamp": "clamp",
    "prelu": "PReLU",
    "starrelu": "StarReLU",
}
GATES = frozenset({"σ", "h-σ"})  # activations whose value is a gate, between 0 and 1
# Functions that move numbers or change their type, and no more.
SHAPES = (
    *("reshape", "view", "flatten", "unflatten", "squeeze", "unsqueeze", "reshape_as", "view_as"),
    *("permute", "transpose", "movedim", "moveaxis", "swapaxes", "t", "rearrange", "roll"),
    *("expand", "expand_as", "repeat", "contiguous", "clone", "detach", "identity"),
    *("to", "type", "type_as", "float", "half"),
)
DROPS = {
    "droppath": N_("drop path"),
    "drop_path": N_("drop path"),
    "stochasticdepth": N_("drop path"),
    "stochastic_depth": N_("drop path"),
    "dropblock2d": N_("drop block"),
    "patchdropout": N_("dropout"),
}
# (part of the norm's kind or of the name, short name); the first that fits.
NORMS = (
    ("mean-only", "mean-only BN"),  # Salimans and Kingma 2016
    ("instance", "IN"),
    ("batch", "BN"),
    ("layer", "LN"),
    ("group", "GN"),
    ("rms", "RMSNorm"),
    ("local", "LRN"),
    ("norm", "norm"),
)
PRODUCTS = ("mul", "imul", "multiply")
SUMS = ("add", "iadd", "radd")
DIFFERENCES = ("sub", "isub", "rsub", "subtract")
QUOTIENTS = ("truediv", "itruediv", "div", "divide")
MATRIX_PRODUCTS = ("matmul", "bmm", "baddbmm", "addmm", "einsum", "mm")
ATTENTION = ("multiheadattention", "scaled_dot_product_attention", "shifted_window_attention")
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout")
CONCATENATIONS = ("cat", "concat", "concatenate", "stack", "hstack", "vstack")
SPLITS = ("chunk", "split", "unbind", "tensor_split")
RESIZES = ("upsample", "interpolate", "upsamplingnearest2d", "upsamplingbilinear2d")
PADS = ("pad", "zeropad2d", "constant_pad_nd", "constantpad2d", "reflectionpad2d", "replicationpad2d")
