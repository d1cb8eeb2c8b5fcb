"""Importing torchvision beside a CPU-only torch.

The package registry's torchvision wheel is linked against CUDA libraries. Beside a CPU-only torch its compiled library
cannot load, which torchvision tolerates; but then it registers the shapes of two operators, `nms` and `qnms` (box
suppression in detection), that only the library would have declared, and the import ends with "operator
torchvision::nms does not exist". Declaring the two schemas first lets the import finish. Everything but those two
operators then works; they say that they have no implementation if somebody calls them.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def import_torchvision() -> ModuleType:
    """torchvision, imported so that it works beside any torch. Call it before importing timm, which needs torchvision.

    Raises ImportError where torchvision is not installed.
    """
    if "torchvision" not in sys.modules and not _compiled_library_loads():
        _declare_missing_operators()
    return importlib.import_module("torchvision")


def _compiled_library_loads() -> bool:
    found = find_spec("torchvision")  # finds without importing
    folders = found.submodule_search_locations if found else None
    for library in [path for folder in folders or [] for path in Path(folder).glob("_C.*")]:
        try:
            torch.ops.load_library(str(library))
        except (OSError, ImportError):
            continue
        return True
    return False


@cache  # kept for the life of the process: the declarations vanish with the Library object
def _declare_missing_operators() -> torch.library.Library:
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    return library
