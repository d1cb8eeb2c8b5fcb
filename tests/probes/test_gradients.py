"""The streaming norms are those of autograd, of the network that was asked for, and they say when float32 ends."""

from __future__ import annotations

import gc
import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.compute.frames import loads_light
from resnet_viz.probes import data, estimate, gradients
from resnet_viz.probes.answers import GradientAnswer
from resnet_viz.probes.questions import GradientQuestion
from resnet_viz.probes.weights import build_seeded
from resnet_viz.surgery.plan import Surgery


def question(name: str, **changes: Any) -> GradientQuestion:
    fields = {f.name for f in zoo.fields(zoo.spec(name))} - {"image_size"}
    overrides = {key: changes.pop(key) for key in list(changes) if key in fields}
    return GradientQuestion.defaults(zoo.spec(name, **overrides), **{"image_size": 8, **changes})


def measure(name: str, **changes: Any) -> GradientAnswer:
    return gradients.measure(question(name, **changes))


def naive(asked: GradientQuestion) -> tuple[list[float], list[float], list[float]]:
    """Gradient norm, activation rms and weight gradient norm of every block, by retaining everything."""
    network = build_seeded(asked.network, asked.seed).train()
    batch = data.batch(asked)
    blocks = [b for stage in network.children() if isinstance(stage, nn.Sequential) for b in stage]
    outputs: list[Tensor] = []
    for block in blocks:
        block.register_forward_hook(lambda _module, _inputs, output: (output.retain_grad(), outputs.append(output))[1])
    F.cross_entropy(network(torch.from_numpy(batch.images)), torch.from_numpy(batch.labels)).backward()
    return (
        [output.grad.double().norm().item() for output in outputs],
        [output.detach().double().square().mean().sqrt().item() for output in outputs],
        [math.sqrt(sum(p.grad.double().square().sum().item() for p in block.parameters())) for block in blocks],
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("resnet20", {}),
        ("plain20", {}),
        ("resnet20", {"batch_norm": False, "activation": "tanh", "init": "xavier"}),
        ("resnet20", {"shortcut": "C", "seed": 5, "images": "noise"}),
        ("resnet18", {"image_size": 32, "batch_size": 4}),
        ("resnet50", {"image_size": 32, "batch_size": 4}),
    ],
)
def test_the_norms_are_those_of_retained_gradients(name: str, changes: dict[str, Any]) -> None:
    answer = measure(name, **changes)
    norms, rms, weights = naive(answer.question)
    assert np.allclose(answer.gradient_norms, norms, rtol=1e-4)
    assert np.allclose(answer.activation_rms, rms, rtol=1e-4)
    assert np.allclose(answer.weight_gradient_norms, weights, rtol=1e-4)
    assert answer.connected.all() and not (answer.underflow | answer.overflow).any()


def test_blocks_and_stages_are_named_as_in_the_network() -> None:
    answer = measure("resnet20")
    assert answer.block_names == tuple(f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3))
    assert answer.stage_names == ("layer1", "layer2", "layer3") and answer.stage_of_block == (0, 0, 0, 1, 1, 1, 2, 2, 2)
    plain = measure("plain20")
    assert (plain.block_names, plain.stage_of_block) == (answer.block_names, answer.stage_of_block)


def test_all_shortcuts_cut_is_the_plain_twin() -> None:
    cut = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]
    operated, plain = measure("resnet20", surgery=Surgery.of(cut=cut)), measure("plain20")
    assert np.array_equal(operated.gradient_norms, plain.gradient_norms)
    assert operated.loss == plain.loss
    assert not np.allclose(operated.gradient_norms, measure("resnet20").gradient_norms, rtol=0.01)


def test_the_same_question_has_the_same_answer() -> None:
    first, second = measure("resnet20", seed=7), measure("resnet20", seed=7)
    assert np.array_equal(first.gradient_norms, second.gradient_norms) and first.loss == second.loss
    assert first.loss != measure("resnet20", seed=8).loss


def test_a_block_without_a_path_to_the_loss_is_no_underflow() -> None:
    answer = measure("resnet20", surgery=Surgery.of(cut=["layer2.1"], drop=["layer2.1"]))
    lost = np.arange(9) <= 4  # layer2.1 itself gives a constant, and nothing of what is before it passes
    assert np.array_equal(~answer.connected, lost)
    assert (answer.gradient_norms[lost] == 0).all() and not answer.underflow.any()


def test_a_dropped_branch_has_no_gradient_of_its_weights() -> None:
    answer = measure("resnet20", surgery=Surgery.of(drop=["layer2.1"]))
    assert answer.weight_gradient_norms[4] == 0 and (np.delete(answer.weight_gradient_norms, 4) > 0).all()


def test_frozen_statistics_leave_the_activations_and_change_the_gradient() -> None:
    train, frozen = (measure("resnet20", batch_norm_mode=mode) for mode in ("train", "frozen"))
    assert np.allclose(train.activation_rms, frozen.activation_rms, rtol=1e-4)
    assert abs(train.loss - frozen.loss) < 1e-4 * train.loss
    assert not np.allclose(train.gradient_norms[:-1], frozen.gradient_norms[:-1], rtol=1e-3)


def test_frozen_statistics_keep_the_gradients_of_pictures_apart() -> None:
    """The gradient of one picture's loss at another picture is 0 when the statistics are constants, and only then."""
    coupled = {}
    for mode in ("train", "frozen"):
        asked = question("resnet20", batch_norm_mode=mode, batch_size=4)
        _network, operated = gradients.prepare(asked)
        images = torch.from_numpy(data.batch(asked).images).requires_grad_()
        if mode == "frozen":
            gradients.freeze(operated, images.detach())
        operated(images)[0].sum().backward()
        coupled[mode] = images.grad[1:].abs().max().item()
    assert coupled["frozen"] == 0 < coupled["train"]


def test_exact_zeros_are_underflow() -> None:
    """N(0, 0.01²) weights shrink the signal by a factor of about 100 per block: float32 ends after twenty."""
    answer = measure("plain56", batch_norm=False, init="normal")
    assert answer.gradient_norms[0] == 0 and answer.underflow[0] and answer.activation_rms[-1] == 0
    assert answer.gradient_norms[-1] > 0 and answer.output_gradient_norm > 0 and not answer.underflow[-1]
    assert math.isnan(answer.first_to_last)


def test_the_norm_of_denormal_and_of_huge_numbers_is_neither_zero_nor_infinite() -> None:
    for value in (1e-45, 1e-30, 1e30, 3e38):
        expected = torch.tensor(value, dtype=torch.float32).double().item() * 8
        assert math.isclose(gradients.norm(torch.full((64,), value)), expected, rel_tol=1e-12)
    assert gradients.norm(torch.zeros(3)) == 0
    assert math.isinf(gradients.norm(torch.tensor([math.inf, 0.0])))
    assert math.isnan(gradients.norm(torch.tensor([math.nan])))


def test_overflow_is_marked() -> None:
    names = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]
    answer = measure("resnet20", batch_norm=False, surgery=Surgery.of(shortcuts=dict.fromkeys(names, 1e6)))
    assert answer.overflow.any() and not np.isfinite(answer.activation_rms).all()
    assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))["loss"] in ("inf", "nan")


def test_no_hook_and_no_tensor_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[nn.Module, nn.Module]] = []
    prepare = gradients.prepare

    def keeping(asked: GradientQuestion, told: Any) -> Any:
        kept.append(prepare(asked, told))
        return kept[-1]

    monkeypatch.setattr(gradients, "prepare", keeping)
    measure("resnet20", batch_norm_mode="frozen")
    with pytest.raises(KeyboardInterrupt):
        gradients.measure(question("resnet20", batch_norm_mode="frozen"), progress=_interrupt_at("Forward pass"))
    with pytest.raises(KeyboardInterrupt):
        gradients.measure(question("resnet20"), progress=_interrupt_at("Backward pass"))
    gc.collect()
    for model, operated in kept:
        for module in (*model.modules(), *operated.modules()):
            assert not module._forward_hooks and not module._backward_hooks and not module._forward_pre_hooks
        with torch.no_grad():  # the callbacks are gone too: they would tell the interrupted asker
            operated.eval()(torch.zeros(2, 3, 8, 8))
    assert not [t for t in gc.get_objects() if issubclass(type(t), Tensor) and t.grad_fn is not None]


def _interrupt_at(words: str) -> Any:
    def progress(fraction: float | None, text: str = "") -> None:
        if text == words:
            raise KeyboardInterrupt  # what is no Exception passes through autograd, as a cancelled question does

    return progress


def test_progress_grows_from_start_to_end() -> None:
    told: list[float] = []
    gradients.measure(question("resnet20"), progress=lambda fraction, text="": told.append(fraction))
    assert told == sorted(told) and told[0] == 0 and len(told) == 20 and told[-1] > 0.9


def test_the_answer_is_light_and_complete() -> None:
    answer = measure("resnet20")
    copy = loads_light(pickle.dumps(answer))
    assert np.array_equal(copy.gradient_norms, answer.gradient_norms) and copy.question == answer.question
    document = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert [row["gradient_norm"] for row in document["blocks"]] == answer.gradient_norms.tolist()
    assert document["seed"] == 0 and document["versions"]["torch"] == torch.__version__


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("resnet50", {"batch_size": 1, "image_size": 32}), "batch norm layer4.0.shortcut.bn would see one value"),
        (("resnet20", {"surgery": Surgery.of(cut=["layer9.9"])}), "there is no junction 'layer9.9'"),
        (("torchvision:nonsense", {"image_size": 64}), "torchvision has no network 'nonsense'"),
        (("torchvision:vit_b_16", {"image_size": 64}), "torchvision-vit_b_16 does not run on pictures of 64×64"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(asked: tuple[str, dict[str, Any]], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        measure(asked[0], **asked[1])
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


def test_a_network_too_large_for_the_machine_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "free_memory", lambda: 1e8)
    monkeypatch.setattr(gradients, "build", lambda *_: pytest.fail("built"))
    with pytest.raises(ValueError, match=r"GB of memory, and 0\.1 GB are free"):
        measure("resnet152", image_size=64)


@pytest.mark.parametrize("name", ["torchvision:mobilenet_v3_large", "torchvision:densenet121", "timm:convnext_atto"])
def test_outside_networks_are_measured_and_cut(name: str) -> None:
    intact = measure(name, image_size=32, batch_size=4)
    assert len(intact.block_names) > 3 and np.isfinite(intact.gradient_norms).all()
    junctions = [j.name for j in gradients.architecture.graph_of(intact.question.network).shortcuts]
    cut = measure(name, image_size=32, batch_size=4, surgery=Surgery.of(cut=junctions))
    assert cut.block_names == intact.block_names
    assert np.array_equal(cut.gradient_norms, intact.gradient_norms) == (not junctions)


def test_zeros_behind_weights_that_begin_as_zeros_are_no_underflow() -> None:
    """torchvision's ViT begins with a head of zeros: the loss has a gradient, and no block sees it."""
    answer = measure("torchvision:vit_b_16", image_size=224, batch_size=1)
    assert answer.zero_weights == answer.blocking_weights == ("heads.head.weight",)
    assert (answer.gradient_norms == 0).all() and answer.output_gradient_norm > 0 and not answer.underflow.any()
    assert measure("plain20").zero_weights == ()


ALL_OF_20 = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]


@pytest.mark.parametrize(
    ("name", "surgery", "blocking"),
    [
        ("fixup_resnet20", Surgery(), "fc.weight"),  # zeros in every branch too, but shortcuts lead around them
        ("fixup_resnet20", Surgery.of(cut=ALL_OF_20), "fc.weight"),
        ("rezero_resnet20", Surgery(), None),
        ("rezero_resnet20", Surgery.of(cut=["layer2.1"]), "layer2.1.residual.scale.alpha"),
        ("rezero_resnet20", Surgery.of(cut=ALL_OF_20), "layer3.2.residual.scale.alpha"),
        ("rezero_resnet20", Surgery.of(cut=["layer2.1"], drop=["layer2.1"]), None),  # no weight is the reason
        ("resnet20", Surgery.of(cut=ALL_OF_20), None),
    ],
)
def test_the_weight_that_stops_a_gradient_is_found(name: str, surgery: Surgery, blocking: str | None) -> None:
    answer = measure(name, surgery=surgery)
    assert answer.blocking_weights == ((blocking,) if blocking else ())
    if blocking:
        assert (answer.gradient_norms == 0).any() and answer.output_gradient_norm > 0


def test_another_value_of_the_blocking_weight_and_no_other_lets_the_gradient_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare, opened = gradients.prepare, ["fc.weight"]

    def changed(asked: GradientQuestion, progress: object = None) -> Any:
        network, operated = prepare(asked)
        for name in opened:
            nn.init.normal_(network.get_parameter(name), std=0.01)
        return network, operated

    monkeypatch.setattr(gradients, "prepare", changed)
    assert (measure("fixup_resnet20").gradient_norms > 0).all()
    opened[:] = [f"{block}.residual.conv2.weight" for block in ALL_OF_20]
    assert (measure("fixup_resnet20").gradient_norms == 0).all()
