"""What a checkpoint file says, by PyTorch's and safetensors' own readers; nothing in it is run.

`.safetensors` holds numbers only. `.pt` and `.pth` hold a pickle, of which torch's restricted reader
(`weights_only=True`) lets nothing but tensors and plain values through. The kind is told from the first bytes, whatever
the name says. Numbers stay in the file until they are copied from it (it is mapped into memory), except in the format
before PyTorch 1.6. Whatever a file claims, reading it takes memory for the bytes that it has, and a fixed reserve.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.serialization import MAGIC_NUMBER

from resnet_viz.compute.one_line import one_line
from resnet_viz.text import _

State = dict[str, Tensor]

WRAPPERS = ("state_dict", "model_state_dict", "model", "net")  # where training scripts keep the weights

_MAX_HEADER = 16 * 2**20  # bytes of names and shapes: those of 100,000 tensors
_MAGIC = pickle.dumps(MAGIC_NUMBER, protocol=2)  # the first of the pickles
_RESERVE = 2**30  # bytes beside those of the file
_ASKED_FOR = re.compile(r"GLOBAL ([\w.]+)")  # what a pickle wanted to call, in torch's message


class NotRead(ValueError):
    """Why a file is refused, as one sentence."""


def state_of(path: Path, name: str) -> State:
    """The tensors of a checkpoint by their names, {"state_dict": …} and the like unwrapped.

    Raises NotRead, a ValueError with one sentence, in which the file is called `name`.
    """
    try:
        with _bounded_memory(2 * path.stat().st_size + _RESERVE):
            return _named_tensors(_READERS[_kind(path, name)](path, name), name)
    except NotRead:
        raise
    except (MemoryError, RecursionError) as error:
        raise NotRead(_unpacks_too_far(name)) from error
    except pickle.UnpicklingError as error:
        raise NotRead(_unpickling_refused(name, str(error))) from error
    except Exception as error:  # a damaged file may raise anything from inside a reader
        too_far = "can't allocate memory" in str(error)
        raise NotRead(_unpacks_too_far(name) if too_far else _damaged(name)) from error


def _kind(path: Path, name: str) -> str:
    """The format, by the first bytes."""
    with path.open("rb") as file:
        first = file.read(32)
    if first[8:9] == b"{" and int.from_bytes(first[:8], "little") <= _MAX_HEADER:
        return "safetensors"
    if first.startswith(b"PK\x03\x04"):
        return "zip"
    if first.startswith(_MAGIC):
        return "pickles"
    raise NotRead(_not_one(name))


def _safetensors(path: Path, name: str) -> Any:
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise NotRead(_damaged(name)) from error


def _zip(path: Path, name: str) -> Any:
    """What torch.save has written since PyTorch 1.6: an archive in which nothing is compressed."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise NotRead(_damaged(name)) from error
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise NotRead(_("{name} is a program (TorchScript), which is never run: save its state_dict", name=name))
    if not any(member.filename.endswith("/data.pkl") for member in members):
        raise NotRead(_not_one(name))
    packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if packed or sum(member.file_size for member in members) > path.stat().st_size:
        raise NotRead(_unpacks_too_far(name))
    return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


def _pickles(path: Path, name: str) -> Any:
    """What torch.save wrote before PyTorch 1.6: several pickles and then the numbers."""
    return torch.load(path, map_location="cpu", weights_only=True)


_READERS = {"safetensors": _safetensors, "zip": _zip, "pickles": _pickles}


def _named_tensors(content: Any, name: str) -> State:
    """The state_dict in what a file holds."""
    for _depth in range(2):
        key = next((key for key in WRAPPERS if isinstance(content, Mapping) and _is_mapping(content.get(key))), None)
        content = content if key is None else content[key]
    if not _is_mapping(content) or not all(map(_is_plain, content.items())):
        raise NotRead(
            _("{name} holds no state_dict: wanted are tensors by name, alone or under {wrappers}", name=name,
              wrappers=", ".join(WRAPPERS))
        )  # fmt: skip
    return {key: tensor.detach() for key, tensor in content.items()}


def _is_mapping(content: Any) -> bool:
    return isinstance(content, Mapping) and len(content) > 0


def _is_plain(item: tuple[Any, Any]) -> bool:
    """Whether it is a name and an ordinary tensor: not sparse, not quantised, not without content."""
    key, value = item
    ordinary = type(value) in (Tensor, nn.Parameter) and value.layout == torch.strided and value.device.type == "cpu"
    return isinstance(key, str) and ordinary and not value.is_quantized


@contextmanager
def _bounded_memory(extra: int) -> Iterator[None]:
    """Inside the with statement this process gets at most so many bytes more, where the system can see to that."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):  # no Linux
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + extra
    limits = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _unpickling_refused(name: str, message: str) -> str:
    """A pickle that asked for more than tensors, or is none."""
    asked = _ASKED_FOR.search(message)
    if asked is None:
        return _damaged(name)
    what = one_line(asked[1], 60)
    return _("{name} asks for {what}, which is never run: save its state_dict alone", name=name, what=what)


def _not_one(name: str) -> str:
    return _("{name} is no checkpoint of PyTorch or safetensors", name=name)


def _damaged(name: str) -> str:
    return _("{name} is damaged or cut off", name=name)


def _unpacks_too_far(name: str) -> str:
    return _("{name} unpacks to more than a checkpoint of its size can hold, so it is not read", name=name)
