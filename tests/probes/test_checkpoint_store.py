"""The store of checkpoints: in pieces, under the hash of their bytes, and never more than there is room for."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import pytest

from resnet_viz.probes import checkpoint_store
from resnet_viz.probes.checkpoint_store import CheckpointStore


def arrived(store: CheckpointStore, data: bytes, name: str = "a.pt") -> str:
    with store.arriving(name, len(data), io.BytesIO(data)) as arrival:
        store.keep(arrival)
    return arrival.digest


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Three gigabytes that take no place on the disk."""
    with (tmp_path / "big.pt").open("wb") as file:
        file.truncate(3 * 2**30)
    return tmp_path / "big.pt"


class Unread(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        pytest.fail("read")


def test_three_gigabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    store, said = CheckpointStore(tmp_path / "store"), pytest.raises(ValueError, match=r"big\.pt has 3072 MB")
    with said, store.arriving("big.pt", 3 * 2**30, Unread()):
        pytest.fail("kept")
    assert not store.folder.exists()


def test_a_size_that_is_not_true_ends_where_the_limit_does(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_store, "MAX_FILE_BYTES", 2**22)
    store, said = CheckpointStore(tmp_path / "store"), pytest.raises(ValueError, match="at most 4 MB")
    with big.open("rb") as file, said, store.arriving("big.pt", 10, file):
        pytest.fail("kept")
    assert not list(store.folder.iterdir())


def test_a_file_goes_to_the_store_in_pieces(tmp_path: Path) -> None:
    store, data = CheckpointStore(tmp_path), os.urandom(2**20) * 64
    file = io.BytesIO(data)
    tracemalloc.start()
    try:
        with store.arriving("a.pt", len(data), file) as arrival:
            store.keep(arrival)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20
    assert store.path(arrival.digest).read_bytes() == data


def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    with store.arriving("a.pt", 3, io.BytesIO(b"abc")) as arrival:
        assert arrival.path.read_bytes() == b"abc"
    assert not list(tmp_path.iterdir()) and not store.has(arrival.digest)


def test_a_name_that_is_no_digest_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "secret.checkpoint").write_bytes(b"")
    store = CheckpointStore(tmp_path / "store")
    for name in ("../secret", "", "a" * 63, "A" * 64, "/etc/passwd"):
        assert not store.has(name)
        with pytest.raises(ValueError, match="upload it again"):
            store.path(name)


def test_a_changed_file_is_not_used(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    digest = arrived(store, b"one")
    store.path(digest).write_bytes(b"two")
    with pytest.raises(ValueError, match="damaged: upload it again"):
        store.path(digest)


def test_the_files_not_used_for_longest_go_and_the_newest_stays(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, limit=25)
    old, used = arrived(store, b"old" + bytes(7)), arrived(store, b"new" + bytes(7))
    for age, digest in ((50, old), (40, used)):
        os.utime(tmp_path / f"{digest}.checkpoint", (1e9 - age, 1e9 - age))
    store.path(old)
    newest = arrived(store, b"newest" + bytes(4))
    assert store.has(newest) and store.has(old) and not store.has(used)
    large = arrived(store, bytes(100))
    assert store.has(large) and not store.has(newest)


def test_parts_of_a_process_that_is_long_gone_are_removed(tmp_path: Path) -> None:
    old, young = tmp_path / "old.part", tmp_path / "young.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    arrived(CheckpointStore(tmp_path), b"abc")
    assert young.exists() and not old.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"a\.pt cannot be kept: Not a directory"):
        arrived(CheckpointStore(tmp_path / "file" / "store"), b"abc")
