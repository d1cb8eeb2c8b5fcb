"""Asking a worker of the tests."""

from __future__ import annotations

import pytest

from resnet_viz.compute.client import Client, ComputeError

HERE = "tests.compute.sample_questions"
ALLOWED = (HERE,)


def ask(client: Client, function: str, question: object = None, **options: object) -> object:
    return client.submit(f"{HERE}:{function}", question, **options).result(timeout=30)  # type: ignore[arg-type]


def failure(client: Client, function: str, question: object = None, **options: object) -> ComputeError:
    with pytest.raises(ComputeError) as caught:
        ask(client, function, question, **options)
    return caught.value
