"""Checkpoints from outside: what fits is in the network bit for bit, all else is one sentence, and nothing is run."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.probes import checkpoint_files, checkpoints
from resnet_viz.probes.checkpoint_store import CheckpointStore
from resnet_viz.probes.checkpoints import check
from resnet_viz.zoo.seeding import build_seeded
from resnet_viz.zoo.torchvision_guard import import_torchvision

SPEC = zoo.spec("resnet20", depth=8)


@pytest.fixture(scope="module")
def trained() -> dict[str, Tensor]:
    return build_seeded(SPEC, 3).state_dict()


def save(path: Path, content: Any, **options: Any) -> Path:
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(content, path)
    else:
        torch.save(content, path, **options)
    return path


def arrived(store: CheckpointStore, data: bytes, name: str = "a.pt") -> str:
    with store.arriving(name, len(data), io.BytesIO(data)) as arrival:
        store.keep(arrival)
    return arrival.digest


def refusal(path: Path, spec: zoo.NetworkSpec = SPEC) -> str:
    with pytest.raises(ValueError) as caught:
        check(path, spec)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    return str(caught.value)


def prefixed(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {prefix + key: tensor for key, tensor in state.items()}


WRITINGS: dict[str, Any] = {
    "a.safetensors": lambda state: state,
    "a.pt": lambda state: state,
    "b.pth": lambda state: {"state_dict": prefixed(state, "module."), "epoch": 3, "best": 0.9},
    "c.pt": lambda state: {"model": state, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}},
    "d.pt": lambda state: {"net": prefixed(state, "_orig_mod.module.")},
    "e.pt": lambda state: {"model": {"state_dict": state}},
    "f.pt": lambda state: {key: nn.Parameter(t) if t.is_floating_point() else t for key, t in state.items()},
    "g.pt": lambda state: {key: tensor.double() if tensor.dim() else tensor for key, tensor in state.items()},
}


@pytest.mark.parametrize("name", WRITINGS)
def test_what_was_saved_is_in_the_network_bit_for_bit(name: str, trained: dict[str, Tensor], tmp_path: Path) -> None:
    path = save(tmp_path / name, WRITINGS[name](trained))
    found = check(path, SPEC)
    assert found.tensors == len(trained) and found.numbers == sum(t.numel() for t in trained.values())
    assert found.not_finite == ()
    store = CheckpointStore(tmp_path / "store")
    network = checkpoints.load(arrived(store, path.read_bytes()), build_seeded(SPEC, 0), SPEC, store)
    assert all(torch.equal(tensor, trained[key]) for key, tensor in network.state_dict().items())


def test_a_file_from_before_pytorch_1_6_is_read(trained: dict[str, Tensor], tmp_path: Path) -> None:
    old = {key: tensor for key, tensor in trained.items() if not key.endswith("num_batches_tracked")}
    path = save(tmp_path / "old.th", {"state_dict": prefixed(old, "module.")}, _use_new_zipfile_serialization=False)
    assert check(path, SPEC).tensors == len(trained)


@pytest.mark.parametrize(
    ("name", "library", "theirs"),
    [("resnet18", "torchvision", "resnet18"), ("seresnet50", "timm", "seresnet50"),
     ("torchvision:resnet18", "torchvision", "resnet18")],
)  # fmt: skip
def test_a_librarys_checkpoint_is_one_of_our_network(name: str, library: str, theirs: str, tmp_path: Path) -> None:
    torchvision = import_torchvision()
    if library == "timm":
        import timm

        other = timm.create_model(theirs)
    else:
        other = torchvision.models.get_model(theirs, weights=None)
    path, spec = save(tmp_path / "theirs.pth", other.state_dict()), zoo.spec(name)
    assert check(path, spec).tensors == len(other.state_dict())
    store = CheckpointStore(tmp_path / "store")
    ours = checkpoints.load(arrived(store, path.read_bytes()), build_seeded(spec, 0), spec, store)
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(ours.eval()(images), other.eval()(images))


def test_nan_and_infinity_are_read_and_told(trained: dict[str, Tensor], tmp_path: Path) -> None:
    broken = {key: tensor.clone() for key, tensor in trained.items()}
    broken["fc.bias"][3], broken["conv1.weight"][0, 0, 0, 0] = float("nan"), float("-inf")
    found = check(save(tmp_path / "a.safetensors", broken), SPEC)
    assert found.not_finite == ("conv1.weight", "fc.bias")


def test_another_network_is_one_sentence_that_counts_and_names_what_does_not_fit(
    trained: dict[str, Tensor], tmp_path: Path
) -> None:
    other = save(tmp_path / "other.pt", build_seeded(zoo.spec("resnet20"), 0).state_dict())
    assert refusal(other) == f"other.pt does not fit {SPEC.label}: 72 unexpected (first layer1.1.residual.conv1.weight)"
    path = save(tmp_path / "few.pt", {"conv1.weight": torch.zeros(4), "fc.bias": torch.zeros(10, dtype=torch.int)})
    sentence = refusal(path)
    assert "tensors missing (first bn1.weight)" in sentence
    assert "1 of another shape (first conv1.weight (4 → 16×3×3×3))" in sentence
    assert "1 of another kind of number (first fc.bias)" in sentence
    classes = save(tmp_path / "classes.pt", trained)
    wider = zoo.spec(SPEC, num_classes=100)
    assert "2 of another shape (first fc.weight (10×64 → 100×64))" in refusal(classes, wider)


def test_a_name_in_a_file_is_cut_before_it_is_told(trained: dict[str, Tensor], tmp_path: Path) -> None:
    path = save(tmp_path / "a.pt", {**trained, "x" * 10_000 + "\ny": torch.zeros(1)})
    assert "1 unexpected (first xxx" in refusal(path)


class Malicious:
    """Creates a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.target}",)


class MaliciousCopy(Malicious):
    def __reduce__(self) -> tuple[Any, ...]:
        return shutil.copyfile, (__file__, str(self.target))


@pytest.mark.parametrize("bad", [Malicious, MaliciousCopy])
@pytest.mark.parametrize("way", ["zip", "old", "within", "pickle", "pickle 4"])
def test_code_in_a_checkpoint_is_never_run(
    bad: type[Malicious], way: str, trained: dict[str, Tensor], tmp_path: Path
) -> None:
    target, path = tmp_path / "it-was-run", tmp_path / "a.pt"
    crafted = bad(target)
    if way.startswith("pickle"):
        path.write_bytes(pickle.dumps(crafted, protocol=4 if way == "pickle 4" else 2))
        assert refusal(path) == "a.pt is no checkpoint of PyTorch or safetensors"
    else:
        content = {**trained, "fc.bias": crafted} if way == "within" else crafted
        torch.save(content, path, _use_new_zipfile_serialization=way != "old")
        assert "which is never run: save its state_dict alone" in refusal(path)
        assert (f"{os.name}.system" if bad is Malicious else "shutil.copyfile") in refusal(path)
    assert not target.exists()
    pickle.loads(pickle.dumps(crafted))  # the oracle: it would have been
    assert target.exists()


def test_a_pickle_with_another_name_is_not_run_either(tmp_path: Path) -> None:
    data = io.BytesIO()
    torch.save(Malicious(tmp_path / "it-was-run"), data)
    store = CheckpointStore(tmp_path / "store")
    said = pytest.raises(ValueError, match=r"^a\.safetensors asks for \w+\.system, which is never run")
    with store.arriving("a.safetensors", 1, io.BytesIO(data.getvalue())) as arrival, said:
        check(arrival.path, SPEC, arrival.name)
    assert not (tmp_path / "it-was-run").exists()


def test_a_program_is_refused_by_its_contents(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", b"")
        archive.writestr("a/constants.pkl", b"")
    assert refusal(tmp_path / "a.pt") == "a.pt is a program (TorchScript), which is never run: save its state_dict"


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt", "old"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.999])
def test_a_file_cut_off_is_one_sentence(name: str, part: float, trained: dict[str, Tensor], tmp_path: Path) -> None:
    options = {"_use_new_zipfile_serialization": False} if name == "old" else {}
    path = save(tmp_path / name, trained, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    assert refusal(path) == f"{name} is damaged or cut off"


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt", "old"])
def test_a_damaged_file_is_read_or_one_sentence(name: str, tmp_path: Path) -> None:
    options = {"_use_new_zipfile_serialization": False} if name == "old" else {}
    path, random = save(tmp_path / name, {"a": torch.randn(4, 3), "b": torch.zeros(2)}, **options), Random(0)
    whole = path.read_bytes()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(random.choice([1, 2, 5, 20])):
            data[random.randrange(len(data))] = random.choice([0, 255, *b".]}RtbQ0(h", random.randrange(256)])
        path.write_bytes(data)
        with suppress(checkpoint_files.NotRead):
            checkpoint_files.state_of(path, name)


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"%PDF-1.7", b"PK", bytes(4000), b"{}" * 50, json.dumps({"a": [1] * 99}).encode()]
)
def test_what_is_no_checkpoint_says_so(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(data)
    assert refusal(tmp_path / "a.pt") == "a.pt is no checkpoint of PyTorch or safetensors"


def test_an_archive_of_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("readme.txt", b"text")
    assert refusal(tmp_path / "a.pt") == "a.pt is no checkpoint of PyTorch or safetensors"


@pytest.mark.parametrize(
    "content", [{"epoch": 3}, [1, 2], torch.zeros(3), {}, {"state_dict": {"a": 1}}, {1: torch.zeros(1)},
                {"a": torch.zeros(2).to_sparse()}, {"a": torch.zeros(2, device="meta")}],
    ids=str,
)  # fmt: skip
def test_a_file_without_a_state_dict_says_so(content: Any, tmp_path: Path) -> None:
    assert "holds no state_dict" in refusal(save(tmp_path / "a.pt", content))


def test_an_archive_that_unpacks_further_than_it_is_large_is_not_read(
    trained: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("read"))
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
        archive.writestr("a/data/0", bytes(50_000_000))
    assert "unpacks to more than" in refusal(tmp_path / "a.pt")


def test_a_pickle_that_unfolds_in_memory_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_files, "_RESERVE", 2**30)
    endless = b"\x80\x02c__builtin__\nbytearray\n\x8a\x05\x00\x00\x00\x00\x02\x85R."  # 8 GB, allowed by torch's reader
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", endless)
        archive.writestr("a/version", b"3\n")
        archive.writestr("a/byteorder", b"little")
    assert "unpacks to more than" in refusal(tmp_path / "a.pt")


def test_a_tensor_that_claims_to_be_endless_takes_no_memory(trained: dict[str, Tensor], tmp_path: Path) -> None:
    endless = torch.zeros(1).expand(2**20, 2**20)
    sentence = refusal(save(tmp_path / "a.pt", {**trained, "fc.weight": endless}))
    assert "(1048576×1048576 → 10×64)" in sentence


def test_three_gigabytes_are_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "state_of", lambda *_: pytest.fail("read"))
    with (tmp_path / "big.pt").open("wb") as file:
        file.truncate(3 * 2**30)  # takes no place on the disk
    assert refusal(tmp_path / "big.pt") == "big.pt has 3072 MB: at most 1024 MB are read"


def test_a_network_that_a_checkpoint_does_not_fit_stays_as_it_was(tmp_path: Path) -> None:
    store, network = CheckpointStore(tmp_path / "store"), build_seeded(SPEC, 0)
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    path = save(tmp_path / "a.pt", {**build_seeded(SPEC, 1).state_dict(), "more": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"^the checkpoint does not fit .*1 unexpected \(first more\)$"):
        checkpoints.load(arrived(store, path.read_bytes()), network, SPEC, store)
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())


def test_the_limit_on_memory_ends_with_the_reading(trained: dict[str, Tensor], tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    check(save(tmp_path / "a.pt", trained), SPEC)
    refusal(save(tmp_path / "b.pt", [1]))
    assert resource.getrlimit(resource.RLIMIT_AS) == before
