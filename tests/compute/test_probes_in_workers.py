"""The real questions in a real worker: torch is there, and only there."""

from __future__ import annotations

import subprocess
import sys
import textwrap

SERVER = textwrap.dedent("""
    import sys, threading
    from resnet_viz import zoo
    from resnet_viz.compute import Client, ComputeError
    from resnet_viz.probes import ArchitectureQuestion, GradientQuestion

    client = Client(1)
    network = zoo.spec("resnet20", depth=8)
    architecture = client.submit("resnet_viz.probes.architecture:measure", ArchitectureQuestion(network=network))
    graph = architecture.result(timeout=120)
    assert len(graph.junctions) == 3

    question = GradientQuestion(network=network, image_size=8, batch_size=4)
    answer = client.submit("resnet_viz.probes.gradients:measure", question).result(timeout=120)
    assert answer.question == question and len(answer.gradient_norms) == 3 and answer.loss > 0

    wrong = GradientQuestion(network=zoo.spec("resnet18"), image_size=8, batch_size=1)
    context = [("resnet_viz.text:use", "zh")]
    try:
        client.submit("resnet_viz.probes.gradients:measure", wrong, context=context).result(timeout=120)
    except ComputeError as error:
        assert error.kind == "question" and "layer" in str(error), error
    else:
        raise AssertionError("answered")

    long = GradientQuestion(network=zoo.spec("resnet1202"), image_size=32, batch_size=8)
    job = client.submit("resnet_viz.probes.gradients:measure", long)
    while (job.progress or 0) < 0.06:  # in its forward pass
        assert not job.wait(0.01), job.result()
    pid = client.pids[0]
    job.cancel()
    assert client.submit("resnet_viz.probes.gradients:measure", question).result(timeout=120).loss == answer.loss
    print("same worker" if client.pids[0] == pid else "new worker")
    client.close()
    assert not {"torch", "torchvision", "timm"} & set(sys.modules)
    assert threading.active_count() == 1, threading.enumerate()
""")


def test_questions_are_answered_and_cancelled_without_torch_in_the_server() -> None:
    done = subprocess.run([sys.executable, "-c", SERVER], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "same worker\n"
