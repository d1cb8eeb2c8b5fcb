"""Workers answer, report, stop, die and are replaced. The questions are in sample_questions.py; no torch is loaded."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from resnet_viz.compute import client as client_module
from resnet_viz.compute.client import Client, ComputeError, number_of_workers
from tests.compute.asking import ALLOWED, HERE, ask, failure


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    client = Client(1, allowed=ALLOWED, preload=(), grace=0.5)
    yield client
    client.close()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_a_question_is_answered_in_another_process(client: Client) -> None:
    assert ask(client, "double", 21) == 42
    assert ask(client, "process_number") == client.pids[0] != os.getpid()


def test_a_large_question_and_answer_pass_whole(client: Client) -> None:
    block = os.urandom(3_000_000)
    assert ask(client, "echo", block) == block


def test_the_sentence_of_a_value_error_reaches_the_asker_without_traceback(client: Client) -> None:
    error = failure(client, "wrong", 21)
    assert (error.kind, str(error)) == ("question", "depth is 21: 6n+2 is wanted")
    assert "Traceback" in error.detail and "sample_questions" in error.detail


def test_another_exception_is_one_line_and_the_worker_lives_on(client: Client) -> None:
    before = ask(client, "process_number")
    error = failure(client, "broken")
    assert (error.kind, str(error)) == ("failure", "RuntimeError: first line")
    assert failure(client, "leave").kind == "failure"
    assert failure(client, "out_of_memory").kind == "memory"
    assert ask(client, "process_number") == before


def test_what_a_function_prints_does_not_break_the_wire(client: Client) -> None:
    assert ask(client, "print_much", "noise ") == ""
    assert ask(client, "double", 4) == 8


@pytest.mark.parametrize(
    ("function", "kind", "word"), [("abort", "crash", "SIGABRT"), ("kill_self", "memory", "memory")]
)
def test_a_dead_worker_is_one_sentence_and_a_new_worker(client: Client, function: str, kind: str, word: str) -> None:
    before = client.pids[0]
    error = failure(client, function)
    assert error.kind == kind and word in str(error) and "\n" not in str(error)
    assert ask(client, "process_number") != before
    assert not is_running(before)


def test_a_worker_killed_while_idle_is_replaced_without_the_asker_noticing(client: Client) -> None:
    before = ask(client, "process_number")
    os.kill(int(str(before)), signal.SIGKILL)
    assert ask(client, "process_number") != before


def test_progress_is_seen_while_the_question_is_answered(client: Client, tmp_path: Path) -> None:
    job = client.submit(f"{HERE}:count", (str(tmp_path / "log"), 200))
    until(lambda: job.progress and 0 < job.progress < 1 and job.text.startswith("step"))
    assert job.result() == 200 and job.done and job.progress == 1


def test_a_cancelled_question_stops_and_its_worker_stays(client: Client, tmp_path: Path) -> None:
    before = ask(client, "process_number")
    job = client.submit(f"{HERE}:count", (str(tmp_path / "log"), 100_000))
    until(lambda: job.progress)
    job.cancel()
    assert job.done
    with pytest.raises(ComputeError, match="Cancelled"):
        job.result()
    assert ask(client, "process_number") == before


@pytest.mark.parametrize("function", ["sleep", "stubborn"])
def test_a_question_that_does_not_stop_is_ended_with_its_worker(client: Client, function: str) -> None:
    before = ask(client, "process_number")
    job = client.submit(f"{HERE}:{function}", 60)
    time.sleep(0.3)  # until it has begun
    start = time.monotonic()
    job.cancel()
    assert ask(client, "process_number") != before
    assert time.monotonic() - start < 20


def test_a_time_limit_ends_the_question(client: Client, tmp_path: Path) -> None:
    before = ask(client, "process_number")
    error = failure(client, "count", (str(tmp_path / "log"), 100_000), timeout=0.2)
    assert error.kind == "timeout" and "0.2 seconds" in str(error)
    assert ask(client, "process_number") == before
    assert failure(client, "sleep", 60, timeout=0.2).kind == "timeout"
    assert ask(client, "process_number") != before


def order_of_answers(client: Client, folder: Path, questions: Sequence[tuple[str, str]]) -> list[str]:
    """The lines of questions (owner, line) that came while a worker was busy, in the order in which it took them."""
    running = client.submit(f"{HERE}:count", (str(folder / "log"), 100_000))
    until(lambda: running.progress)
    notes = folder / "notes"
    jobs = [client.submit(f"{HERE}:note", (str(notes), line), owner=owner) for owner, line in questions]
    running.cancel()
    for job in jobs:
        job.result(timeout=30)
    return notes.read_text().split()


def test_the_queue_is_first_in_first_out(client: Client, tmp_path: Path) -> None:
    assert order_of_answers(client, tmp_path, [("", line) for line in "abcde"]) == list("abcde")


def test_owners_take_turns(client: Client, tmp_path: Path) -> None:
    questions = [("eager", line) for line in "abcd"] + [("modest", "1"), ("modest", "2"), ("late", "x")]
    assert order_of_answers(client, tmp_path, questions) == ["a", "1", "x", "b", "2", "c", "d"]


def test_a_question_that_is_given_up_leaves_the_queue(client: Client, tmp_path: Path) -> None:
    running = client.submit(f"{HERE}:count", (str(tmp_path / "log"), 100_000))
    until(lambda: running.progress)
    given_up = client.submit(f"{HERE}:note", (str(tmp_path / "notes"), "given up"))
    given_up.cancel()
    running.cancel()
    assert ask(client, "double", 1) == 2 and not (tmp_path / "notes").exists()


def test_an_equal_question_is_answered_once_and_stops_with_its_last_asker(client: Client, tmp_path: Path) -> None:
    log = tmp_path / "log"
    one, two = (client.submit(f"{HERE}:count", (str(log), 300)) for _ in range(2))
    until(lambda: one.progress)
    one.cancel()
    assert one.done and not two.done
    assert two.result(timeout=30) == 300
    assert log.read_text() == "begun\n"


def test_the_scene_is_set_for_one_question_only(client: Client) -> None:
    assert ask(client, "scene_of", context=[(f"{HERE}:set_scene", "night")]) == "night"
    assert ask(client, "scene_of") == "empty"


def test_only_allowed_modules_are_called(client: Client) -> None:
    for name in ("os:getcwd", "subprocess:run", "nonsense"):
        with pytest.raises(ComputeError, match="may not be called"):
            client.submit(name, None).result(timeout=30)


def test_an_answer_that_would_import_torch_into_the_server_is_refused(client: Client) -> None:
    assert "must not import" in str(failure(client, "heavy_answer"))
    assert ask(client, "double", 3) == 6


def test_two_clients_do_not_disturb_each_other() -> None:
    clients = [Client(2, allowed=ALLOWED, preload=()) for _ in range(2)]
    try:
        jobs = [(n, client.submit(f"{HERE}:double", n)) for n in range(20) for client in clients]
        assert all(job.result(timeout=30) == 2 * n for n, job in jobs)
        assert len({pid for client in clients for pid in client.pids}) == 4
    finally:
        for client in clients:
            client.close()


def test_closing_ends_the_workers_and_what_was_asked() -> None:
    client = Client(1, allowed=ALLOWED, preload=())
    pid = client.pids[0]
    running, waiting = client.submit(f"{HERE}:sleep", 60), client.submit(f"{HERE}:double", 1)
    time.sleep(0.1)
    client.close()
    for job in (running, waiting):
        with pytest.raises(ComputeError) as caught:
            job.result(timeout=5)
        assert caught.value.kind == "closed"
    assert not is_running(pid)
    with pytest.raises(ComputeError):
        client.submit(f"{HERE}:double", 1)


def test_workers_end_when_the_server_is_killed() -> None:
    """Also in the middle of a question that never reports, and with two workers (no inherited pipe keeps them)."""
    server = textwrap.dedent(f"""
        import time
        from resnet_viz.compute.client import Client
        client = Client(2, allowed=({HERE!r},), preload=())
        for n in range(2):
            client.submit("{HERE}:sleep", 300 + n)
        print(*client.pids, flush=True)
        time.sleep(300)
    """)
    process = subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2 and all(map(is_running, pids))
    time.sleep(0.5)
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not any(map(is_running, pids)))


def test_the_number_of_workers_leaves_the_server_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESNET_VIZ_WORKERS", raising=False)
    monkeypatch.setattr(client_module.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert number_of_workers() == 3
    monkeypatch.setattr(client_module.os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert number_of_workers() == 1
    monkeypatch.setenv("RESNET_VIZ_WORKERS", "7")
    assert number_of_workers() == 7
    monkeypatch.setenv("RESNET_VIZ_WORKERS", "none")
    with pytest.raises(ValueError, match="whole number"):
        number_of_workers()
