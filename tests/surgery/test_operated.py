from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from resnet_viz import zoo
from resnet_viz.surgery import OperatedNetwork, Surgery, operate
from tests.graph.toys import (
    Assigns,
    ByMode,
    ChangesThroughView,
    Computes,
    Decides,
    Highway,
    Preactivated,
    RungeKutta,
    SqueezeExcitation,
    image,
)

TOYS = [Highway, RungeKutta, SqueezeExcitation, Preactivated, Assigns, Decides, ChangesThroughView, ByMode]


def all_cut(network: OperatedNetwork) -> Surgery:
    return Surgery.of(cut=[junction.name for junction in network.graph.shortcuts])


def resnet20() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return zoo.build("resnet20"), torch.randn(2, 3, 16, 16)


def gradients(network: nn.Module, x: Tensor) -> dict[str, Tensor]:
    network.zero_grad()
    network(x).square().sum().backward()
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


# ---- open gates


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize("training", [True, False])
def test_open_gates_give_the_models_own_outputs_and_gradients(toy: type[nn.Module], training: bool) -> None:
    torch.manual_seed(1)
    model = toy().train(training)
    operated = operate(model, Surgery(), image())
    assert operated.gates
    for x in (image(), image(batch=3)):
        torch.manual_seed(2)
        expected, expected_gradients = model(x.clone()), gradients(model, x.clone())
        torch.manual_seed(2)
        assert torch.equal(operated(x.clone()), expected)
        found = gradients(operated, x.clone())
        assert found.keys() == expected_gradients.keys()
        assert all(torch.equal(found[name], gradient) for name, gradient in expected_gradients.items())


def test_open_gates_train_a_network_to_the_same_weights() -> None:
    model, x = resnet20()
    twin = copy.deepcopy(model)
    operated = operate(twin.train(), Surgery(), x)
    for network in (model.train(), operated):
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            network(x).square().mean().backward()
            optimizer.step()
    assert all(
        torch.equal(a, b) for a, b in zip(model.state_dict().values(), operated.state_dict().values(), strict=True)
    )


# ---- cuts


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_a_resnet_with_every_shortcut_cut_is_its_plain_twin(training: bool, shortcut: str) -> None:
    torch.manual_seed(0)
    spec = zoo.spec("resnet20", shortcut=shortcut)
    model, plain = zoo.build(spec).train(training), zoo.build(spec.without_shortcuts()).train(training)
    shared = {name: tensor for name, tensor in model.state_dict().items() if name in plain.state_dict()}
    plain.load_state_dict(shared)
    x = torch.randn(4, 3, 16, 16)
    operated = operate(model, Surgery(), x)
    operated.perform(all_cut(operated))
    assert torch.equal(operated(x), plain(x))
    plain_gradients, cut_gradients = gradients(plain, x), gradients(operated, x)
    assert plain_gradients.keys() == cut_gradients.keys()
    assert all(torch.equal(cut_gradients[name], gradient) for name, gradient in plain_gradients.items())


def test_a_dropped_branch_leaves_the_shortcut() -> None:
    model, x = resnet20()
    model.eval()
    operated = operate(model, Surgery.of(drop=["layer1.1"]), x)
    lesioned = copy.deepcopy(model)
    lesioned.layer1[1] = nn.ReLU()
    assert torch.equal(operated(x), lesioned(x))


def test_factors_scale_what_they_name() -> None:
    model = Computes(lambda n, x: n.a(x) + x)
    x = image()
    operated = operate(model, Surgery.of(shortcuts={"root": 0.25}, branches={"root": -2.0}), x)
    assert torch.allclose(operated(x), 0.25 * x - 2 * model.a(x), atol=1e-6)


def test_gates_can_be_set_later_without_tracing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = resnet20()
    operated = operate(model.eval(), Surgery(), x)
    monkeypatch.setattr("resnet_viz.surgery.operated.traced", lambda *_: pytest.fail("traced again"))
    before = operated(x)
    operated.gates["layer2.0"].shortcut = 0.0
    after = operated(x)
    assert not torch.equal(before, after)
    assert torch.equal(after, operate(model, Surgery.of(cut=["layer2.0"]), x)(x))
    operated.gates["layer2.0"].shortcut = 1.0
    assert torch.equal(before, operated(x))


def test_a_sum_written_into_a_view_still_reaches_the_base_when_cut() -> None:
    model = ChangesThroughView()
    operated = operate(model, Surgery(), image())
    operated.perform(all_cut(operated))
    base = model.last(image())
    assert torch.allclose(operated(image()), 2 * model.main(base), atol=1e-6)


def test_a_recorded_network_is_operated_on_as_a_traced_one_is() -> None:
    for model in (Assigns(), Decides()):
        operated = operate(model, Surgery(), image())
        operated.perform(all_cut(operated))
        branch = model.main(image()) if isinstance(model, Assigns) else model.usual(image())
        if isinstance(model, Assigns):
            branch[:, 0] = 0.0
        assert torch.equal(operated(image()), branch)


def test_junctions_that_do_not_exist_are_named_before_anything_is_built() -> None:
    model, x = resnet20()
    with pytest.raises(ValueError, match=r"no junction 'layer9.0'"):
        operate(model, Surgery.of(cut=["layer9.0"]), x)
    with pytest.raises(ValueError, match=r"no junction 'layer9.0'"):
        operate(model, Surgery(), x).perform(Surgery.of(cut=["layer9.0"]))


# ---- weights, modes, devices


def test_weights_and_statistics_are_the_models_own() -> None:
    model, x = resnet20()
    operated = operate(model, Surgery(), x)
    assert list(operated.state_dict()) == list(model.state_dict())
    assert [id(p) for p in operated.parameters()] == [id(p) for p in model.parameters()]
    operated.train()(x)
    assert model.bn1.num_batches_tracked == 1


@pytest.mark.parametrize("toy", [ByMode, Decides])
def test_the_mode_is_not_shared(toy: type[nn.Module]) -> None:
    model = toy().train()
    operated = operate(model, Surgery(), image()).eval()
    assert all(module.training for module in model.modules())
    operated(image())
    assert not any(module.training for module in operated.modules())


def test_a_forward_that_decides_by_its_mode_keeps_doing_so() -> None:
    model = ByMode().eval()
    operated = operate(model, Surgery(), image())
    for training in (True, False, True):
        torch.manual_seed(0)
        assert torch.equal(operated.train(training)(image()), model.train(training)(image()))
        assert len(operated.graph.junctions) == 1 + training


def test_a_network_can_be_moved_to_another_type() -> None:
    class Positions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main = nn.Linear(4, 4)
            self.position = nn.Parameter(torch.randn(4))
            self.register_buffer("mean", torch.randn(4))

        def forward(self, x: Tensor) -> Tensor:
            return x + self.main(x + self.position - self.mean)

    model, x = Positions(), torch.randn(2, 4)
    operated = operate(copy.deepcopy(model), Surgery(), x).double()
    assert torch.equal(operated(x.double()), model.double()(x.double()))


# ---- the model is left alone


@pytest.mark.parametrize("toy", TOYS)
def test_the_model_has_neither_hooks_nor_gates_afterwards_also_after_an_error(toy: type[nn.Module]) -> None:
    model = toy()
    modules, attributes = list(model.modules()), [sorted(vars(module)) for module in model.modules()]
    operated = operate(model, Surgery(), image())
    operated.perform(all_cut(operated))
    with pytest.raises(RuntimeError):
        operated(image(channels=3))
    assert list(model.modules()) == modules
    assert [sorted(vars(module)) for module in model.modules()] == attributes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    model(image())
