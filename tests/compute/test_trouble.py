"""Whatever goes wrong around a worker: every question gets its answer or one sentence, and the next one is served."""

from __future__ import annotations

import errno
import itertools
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resnet_viz.compute import process as process_module
from resnet_viz.compute.client import Client
from resnet_viz.compute.conversation import Conversation
from tests.compute.asking import ALLOWED, ask, failure


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    client = Client(1, allowed=ALLOWED, preload=(), grace=0.5)
    yield client
    client.close()


def test_a_worker_that_cannot_start_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    client = Client(1, allowed=ALLOWED, preload=())
    try:
        error = failure(client, "double", 1)
        assert error.kind == "crash" and "did not start" in str(error)
    finally:
        client.close()


def test_a_machine_that_cannot_start_a_worker_says_so_and_the_next_question_tries_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client, "double", 1)  # the worker is there
    with monkeypatch.context() as patch:
        patch.setattr(process_module.subprocess, "Popen", no_memory)
        assert "SIGABRT" in str(failure(client, "abort"))
        error = failure(client, "double", 1)
        assert error.kind == "crash" and "did not start" in str(error) and "allocate" in str(error)
    assert ask(client, "double", 2) == 4


def test_a_client_is_made_where_no_worker_can_be_started_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process_module.subprocess, "Popen", no_memory)
        client = Client(2, allowed=ALLOWED, preload=())
    try:
        assert client.pids == [] and ask(client, "double", 2) == 4
    finally:
        client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux chooses by this file what to end")
def test_a_worker_is_ended_before_the_server_when_memory_runs_out(client: Client) -> None:
    chosen = "/proc/self/oom_score_adj"
    assert str(ask(client, "content", chosen)).strip() == "1000" != Path(chosen).read_text().strip()


def no_memory(*_: object, **__: object) -> None:
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


def once(mistake: Exception, what: Callable[..., Any]) -> Callable[..., Any]:
    """`what`, but the first call raises."""
    calls = itertools.count()

    def spoilt(*arguments: Any) -> Any:
        if next(calls) == 0:
            raise mistake
        return what(*arguments)

    return spoilt


@pytest.mark.parametrize("mistake", [pickle.UnpicklingError("no frame"), MemoryError()])
def test_a_frame_that_cannot_be_read_ends_the_worker_and_not_the_asker_s_patience(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mistake: Exception
) -> None:
    ask(client, "double", 1)
    monkeypatch.setattr(process_module.frames, "read", once(mistake, process_module.frames.read))
    assert failure(client, "double", 2).kind in ("crash", "memory")
    assert ask(client, "double", 3) == 6


def test_a_mistake_in_the_conversation_ends_the_task_and_the_slot_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(client, "process_number")
    hear = once(KeyError("a mistake"), Conversation._hear)
    monkeypatch.setattr(Conversation, "_hear", lambda self, *values: hear(self, *values))
    assert "KeyError" in str(failure(client, "double", 2))
    assert ask(client, "double", 3) == 6 and client.pids[0] != before


def test_a_question_to_a_client_that_closes_at_the_same_moment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(1, allowed=ALLOWED, preload=())
    client._queue.close()
    assert failure(client, "double", 1).kind == "closed"
    client.close()
