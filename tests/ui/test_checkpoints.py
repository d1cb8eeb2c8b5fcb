"""A visitor's own checkpoint: on the page only its name, in this process never a tensor, and its bytes once."""

from __future__ import annotations

import io
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

from resnet_viz import zoo
from resnet_viz.compute.client import Client
from resnet_viz.probes import checkpoint_store
from resnet_viz.probes.checkpoint_store import CheckpointStore
from resnet_viz.ui import checkpoints
from resnet_viz.zoo.seeding import build_seeded

ROOT = Path(__file__).parents[2]


def saved(depth: int = 8, **changes: torch.Tensor) -> bytes:
    file = io.BytesIO()
    torch.save({**build_seeded(zoo.spec("resnet20", depth=depth), 1).state_dict(), **changes}, file)
    return file.getvalue()


def page() -> None:
    """A page of the field alone; it shows what the address says of the weights."""
    import streamlit as st

    from resnet_viz import zoo
    from resnet_viz.ui import checkpoints, link, messages

    link.arrive()
    messages.begin()
    messages.gather_in(st.empty())
    checkpoints.uploader(zoo.spec("resnet20", depth=8))
    st.text(checkpoints.weights_of_address())


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    client = Client(1, preload=())
    yield client
    client.close()


@pytest.fixture
def app(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(checkpoints, "shared_client", lambda: client)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("read in the server"))
    return AppTest.from_function(page, default_timeout=60).run()


def test_a_checkpoint_is_read_by_a_worker_and_named_in_the_address(app: AppTest) -> None:
    data = saved()
    app.file_uploader[0].upload("mine.pt", data).run()
    assert not app.exception and not app.warning
    weights = app.text[0].value
    assert checkpoints.is_stored(weights)
    assert CheckpointStore().path(weights.removeprefix("checkpoint:")).read_bytes() == data


def test_once_read_the_file_is_let_go(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setattr(checkpoints, "_let_go", lambda file: gone.append(file.name))
    before = app.file_uploader[0].key
    app.file_uploader[0].upload("mine.pt", saved()).run()
    assert app.file_uploader[0].key != before and not app.file_uploader[0].value and gone == ["mine.pt"]
    name = app.text[0].value
    app.run()
    assert app.text[0].value == name and not app.warning


def test_what_is_read_is_no_copy_of_the_file(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    own_bytes: list[int] = []
    monkeypatch.setattr(checkpoints, "_stored", lambda file, _spec: own_bytes.append(sys.getsizeof(file)))
    app.file_uploader[0].upload("mine.pt", saved()).run()
    assert own_bytes[0] < 1000  # Streamlit's field would return one that holds all bytes once more


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"text", r"\*\*bold\*\*\.pt is no checkpoint"), (saved(14), r"\*\*bold\*\*\.pt does not fit")],
    ids=["text", "another network"],
)
def test_what_is_none_is_one_sentence_without_markup_and_changes_nothing(
    app: AppTest, data: bytes, sentence: str
) -> None:
    app.file_uploader[0].upload("**bold**.pt", data).run()
    (warning,) = app.warning
    assert warning.value.startswith(sentence)
    assert app.text[0].value == "initial" and not list(CheckpointStore().folder.iterdir())
    app.run()
    assert not app.warning


def test_nan_is_told_once_and_taken(app: AppTest) -> None:
    app.file_uploader[0].upload("a.pt", saved(**{"fc.bias": torch.full((10,), float("nan"))})).run()
    assert "NaN or infinity in 1 of 44 tensors (first fc.bias)" in app.warning[0].value.replace("\\", "")
    assert app.text[0].value.startswith("checkpoint:")


def test_too_large_a_file_is_refused_before_it_is_read(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "shared_client", lambda: pytest.fail("asked"))
    monkeypatch.setattr(checkpoint_store, "MAX_FILE_BYTES", 2**10)
    monkeypatch.setattr(UploadedFile, "read", lambda *_: pytest.fail("read"))
    app.file_uploader[0].upload("a.pt", saved()).run()
    assert "at most" in app.warning[0].value and app.text[0].value == "initial"


def test_a_link_to_a_checkpoint_that_is_not_here_says_so(app: AppTest) -> None:
    for weights in ("checkpoint:" + "0" * 64, "checkpoint:../../etc/passwd", "nonsense"):
        app.query_params["weights"] = weights
        app.run()
        assert "is not on this machine" in app.warning[0].value and app.text[0].value == "initial"
    for weights in ("initial", "trained"):
        app.query_params["weights"] = weights
        app.run()
        assert not app.warning and app.text[0].value == weights


def test_a_worker_that_fails_over_a_checkpoint_is_one_sentence(
    app: AppTest, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def submit(self, function: str, question: object, *rest: object, **more: object) -> object:
            return client.submit("resnet_viz.nowhere:nothing", question)

    monkeypatch.setattr(checkpoints, "shared_client", Failing)
    app.file_uploader[0].upload("a.pt", saved()).run()
    assert len(app.warning) == 1 and app.text[0].value == "initial" and not app.exception


def test_streamlit_lets_through_what_is_read_and_no_more(app: AppTest) -> None:
    limit = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]["maxUploadSize"]
    assert 0 < limit * 2**20 - checkpoint_store.MAX_FILE_BYTES <= 2**20
    assert app.file_uploader[0].proto.max_upload_size_mb * 2**20 == checkpoint_store.MAX_FILE_BYTES


MEMORY = """
import resource, sys
from pathlib import Path
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from resnet_viz.probes.checkpoint_store import CheckpointStore
from resnet_viz.ui import checkpoints

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

size = 200 * 2**20
record = UploadedFileRec("1", "a.pt", "", b"x" * size)
before = peak()
file = UploadedFile(record, None)
with CheckpointStore(Path(sys.argv[1])).arriving(file.name, file.size, file) as arrival:
    assert arrival.path.stat().st_size == size
assert peak() - before < size / 10, (before, peak())
assert "torch" not in sys.modules and "safetensors" not in sys.modules
"""


def test_the_server_holds_a_file_once_and_no_torch(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
