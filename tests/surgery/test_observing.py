"""Watching operations while a network runs, and what is not left behind."""

from __future__ import annotations

from functools import partial

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
    Preactivated,
    SqueezeExcitation,
    image,
)


@pytest.mark.parametrize("toy", [Preactivated, SqueezeExcitation, Assigns])
def test_observing_sees_every_result_before_it_is_changed(toy: type[nn.Module]) -> None:
    model = toy().eval()
    operated = operate(model, Surgery(), image())
    seen: dict[int, Tensor] = {}
    wanted = [op.index for op in operated.graph.ops if op.is_live and op.kind != "input"]
    with operated.observing({i: lambda tensor, i=i: seen.update({i: tensor.detach().clone()}) for i in wanted}):
        result = operated(image())
    assert list(seen) == wanted
    assert all(seen[i].shape == operated.graph.ops[i].shape for i in wanted)
    assert torch.equal(seen[operated.graph.outputs[0]], result)
    assert torch.equal(result, model(image()))
    first = next(op for op in operated.graph.ops if op.is_module)
    assert torch.equal(seen[first.index], model.get_submodule(first.module_path)(image()))


def test_observing_can_hook_the_gradient_of_a_junction() -> None:
    torch.manual_seed(0)
    model, x = zoo.build("resnet20"), torch.randn(2, 3, 16, 16)
    operated = operate(model.eval(), Surgery.of(cut=["layer1.2"]), x)
    junction = operated.graph.junction["layer1.2"]
    norms = []
    with operated.observing({junction.op: lambda t: t.register_hook(lambda g: norms.append(g.norm().item()))}):
        result = operated(x)
    result.sum().backward()
    assert len(norms) == 1
    assert norms[0] > 0


def test_nothing_is_observed_outside_the_with_statement_also_after_an_error() -> None:
    torch.manual_seed(0)
    model, x = zoo.build("resnet20"), torch.randn(2, 3, 16, 16)
    operated = operate(model.eval(), Surgery(), x)
    calls = []
    with pytest.raises(RuntimeError), operated.observing({3: calls.append}):
        operated(torch.randn(2, 7, 16, 16))
    operated(x)
    assert calls == []


def test_an_operation_without_a_tensor_of_its_own_cannot_be_observed() -> None:
    model = Computes(lambda n, x: n.a(x) + x + n.b(x))
    operated = operate(model, Surgery(), image())
    partial_sum = operated.graph.junctions[0].adds[0]
    for index in (partial_sum, -1, 999):
        with (
            pytest.raises(ValueError, match=f"operation {index} cannot be observed"),
            operated.observing({index: print}),
        ):
            pass


def seen_while(operated: OperatedNetwork, wanted: list[int]) -> dict[int, Tensor]:
    seen: dict[int, Tensor] = {}

    def see(index: int, result: Tensor) -> None:
        seen[index] = result.detach().clone()

    with operated.observing({index: partial(see, index) for index in wanted}):
        operated(image())
    return seen


@pytest.mark.parametrize("toy", [ByMode, ChangesThroughView, Decides, Preactivated])
def test_what_is_watched_may_change_from_run_to_run_with_gates_weights_and_mode(toy: type[nn.Module]) -> None:
    torch.manual_seed(0)
    operated = operate(toy().eval(), Surgery(), image())
    outputs = list(operated.graph.outputs)
    watchable = [o.index for o in operated.graph.ops if o.is_live and o.shape and operated._has(o.index)]
    for wanted in (outputs, watchable, outputs):
        seen = seen_while(operated, wanted)
        assert sorted(seen) == sorted(wanted) and torch.equal(seen[outputs[0]], operated(image()))
    operated.perform(Surgery.of(drop=list(operated.gates)))
    assert torch.equal(seen_while(operated, outputs)[outputs[0]], operated(image()))
    with torch.no_grad():
        for parameter in operated.parameters():
            parameter.mul_(2)
    assert torch.equal(seen_while(operated, outputs)[outputs[0]], operated(image()))
    operated.train()
    outputs = list(operated.graph.outputs)
    assert torch.equal(seen_while(operated, outputs)[outputs[0]], operated(image()))


def test_a_network_of_several_inputs_is_watched_by_position_and_by_name() -> None:
    class Two(nn.Module):
        def forward(self, x: Tensor, scale: Tensor) -> Tensor:
            return x + x * scale

    x, scale = torch.randn(2, 3), torch.randn(2, 3)
    operated = operate(Two(), Surgery(), x, scale)
    seen: list[Tensor] = []
    with operated.observing({operated.graph.outputs[0]: seen.append}):
        assert torch.equal(operated(x, scale=scale), operated(x, scale))
    assert len(seen) == 2 and torch.equal(seen[0], x + x * scale) and torch.equal(seen[0], seen[1])
