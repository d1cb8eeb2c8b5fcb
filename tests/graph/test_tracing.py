from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_viz import zoo
from resnet_viz.graph import capture, trace
from resnet_viz.graph.build import UNUSED
from resnet_viz.graph.shape_inference import ShapeInference
from resnet_viz.graph.tracing import DECIDES, RECORDED, Recorded, Traced
from tests.graph.toys import Assigns, Broken, ByMode, Computes, Decides, Preactivated, SqueezeExcitation, conv, image


def true_shapes(model: nn.Module, x: torch.Tensor) -> dict[str, tuple[int, ...]]:
    """Shapes of leaf modules' results in a real run."""
    shapes = {}

    def note(path: str, result: torch.Tensor) -> None:
        shapes[path] = tuple(result.shape)

    for path, module in model.named_modules():
        if not module._modules:
            module.register_forward_hook(lambda module, args, result, path=path: note(path, result))
    model(x)
    return shapes


@pytest.mark.parametrize("name", ["resnet20", "resnet50"])
def test_shapes_are_those_of_a_real_run(name: str) -> None:
    model = zoo.build(name).eval()
    x = torch.randn(2, 3, 33, 33)
    graph = trace(model, x)
    expected = true_shapes(copy.deepcopy(model), x)
    traced = {op.module_path: op.shape for op in graph.ops if op.is_module}
    assert traced
    assert {path: expected[path] for path in traced} == traced


def by_size(n: Computes, x: torch.Tensor) -> torch.Tensor:
    batch, channels, height, width = x.shape
    if height % 2 == 0 and len(x) == batch:
        for _ in range(width // 4):
            x = x + n.a(x)
    position = torch.arange(height, device=x.device, dtype=x.dtype).view(1, 1, height, 1)
    return (x + position).reshape(batch, channels, -1)


def test_python_that_depends_on_sizes_just_runs() -> None:
    captured = capture(Computes(by_size), image(size=8))
    assert isinstance(captured, Traced)
    assert len(captured.graph.junctions) == 2
    assert any(question == "truth" for _, question, _ in captured.decisions)


def test_another_batch_size_runs_through_the_traced_module() -> None:
    model = Computes(by_size)
    x = image(batch=5)
    assert torch.equal(capture(model, image(batch=2)).module(x), model(x))


def test_optional_arguments_keep_their_defaults() -> None:
    class Optional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main = conv()

        def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None, *, times: int = 2) -> torch.Tensor:
            if mask is not None:
                x = x * mask
            for _ in range(times):
                x = x + self.main(x)
            return x

    assert len(trace(Optional(), image()).junctions) == 2
    assert "mul" in {op.function for op in trace(Optional(), image(), image()).ops}


def test_what_is_changed_in_place_is_read_as_changed() -> None:
    graph = trace(Preactivated(), image())
    assert [op.function for op in graph.ops if op.function == "ReLU"] == ["ReLU", "ReLU"]
    last = graph.junctions[-1]
    assert graph.ops[last.terms[last.shortcut]].function == "ReLU"  # the shortcut's tensor was written to


def test_parameters_read_by_a_forward_are_operations_that_do_not_live() -> None:
    class Scales(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main, self.gamma = conv(), nn.Parameter(torch.ones(4, 1, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.gamma * self.main(x)

    graph = trace(Scales(), image())
    (parameter,) = (op for op in graph.ops if op.kind == "parameter")
    assert (parameter.attributes["path"], parameter.num_parameters, parameter.is_live) == ("gamma", 4, False)
    assert graph.num_parameters == sum(op.num_parameters for op in graph.ops)


def test_a_shared_module_is_counted_once() -> None:
    shared = conv()
    graph = trace(nn.Sequential(shared, nn.ReLU(), shared), image())
    assert (
        graph.num_parameters == sum(p.numel() for p in shared.parameters()) == sum(o.num_parameters for o in graph.ops)
    )


def test_equal_blocks_are_inferred_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    original = ShapeInference._run
    monkeypatch.setattr(ShapeInference, "_run", lambda self, *a: (runs.append(a), original(self, *a))[1])

    def count(depth: int) -> int:
        runs.clear()
        trace(zoo.build(f"resnet{depth}"), torch.zeros(2, 3, 32, 32))
        return len(runs)

    assert count(20) == count(32)


# ---- the model is left alone


def state(model: nn.Module) -> dict[str, object]:
    tensors = {name: (id(t), t._version) for name, t in [*model.named_parameters(), *model.named_buffers()]}
    modules = {
        path: (id(module), module.training, sorted(vars(module)), len(module._forward_hooks), "forward" in vars(module))
        for path, module in model.named_modules()
    }
    return {"tensors": tensors, "modules": modules}


class Remembers(nn.Module):
    """Keeps its last result, as feature extractors do."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.norm = conv(), nn.BatchNorm2d(4)
        self.norm.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.last = self.norm(self.main(x))
        return x + self.last


@pytest.mark.parametrize("network", [Remembers, Assigns, Decides, Broken, ByMode])
@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was_also_after_an_error(network: type[nn.Module], training: bool) -> None:
    model = network().train(training)
    before = state(model)
    try:
        trace(model, image())
    except ValueError:
        assert network is Broken
    assert state(model) == before


def test_the_users_hooks_do_not_run() -> None:
    model = nn.Sequential(conv(), nn.ReLU())
    model.register_forward_hook(lambda *_: pytest.fail("a hook ran"))
    trace(model, image())


def test_a_batch_norm_recorded_with_numbers_keeps_its_statistics() -> None:
    class DecidesAfterNorm(Decides):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(self.norm(x))

    model = DecidesAfterNorm().train()
    trace(model, image())
    assert model.norm.num_batches_tracked == 0
    assert torch.equal(model.norm.running_mean, torch.zeros(4))


# ---- what no tracer follows


def test_a_network_that_assigns_to_items_is_recorded() -> None:
    captured = capture(Assigns(), image())
    assert isinstance(captured, Recorded)
    assert captured.graph.notes == (RECORDED,)
    assert [junction.kind for junction in captured.graph.junctions] == ["identity"]


def test_a_network_that_decides_by_numbers_is_recorded_and_says_so() -> None:
    graph = trace(Decides(), image())
    assert graph.notes[:2] == (RECORDED, DECIDES)
    assert UNUSED in graph.notes
    assert len(graph.junctions) == 1
    assert len(trace(Decides(), image() + 1e6).junctions) == 2


def test_a_network_that_cannot_run_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"Broken can be neither traced nor run on an input of shape 2×4×8×8: .+"
    ) as error:
        trace(Broken(), image())
    assert "\n" not in str(error.value)


def test_an_input_that_does_not_fit_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="2×3×8×8"):
        trace(conv(), image(channels=3))


RECORDABLE = {
    "resnet20": lambda: (zoo.build("resnet20"), torch.zeros(2, 3, 32, 32)),
    "resnet50": lambda: (zoo.build("resnet50"), torch.zeros(2, 3, 64, 64)),
    "se": lambda: (nn.Sequential(SqueezeExcitation(), SqueezeExcitation()), image()),
    "functions": lambda: (Computes(lambda n, x: 1 - F.relu(n.a(x)) / 2 + x[:, :, ::1] * 0.5), image()),
    "chunks": lambda: (Computes(lambda n, x: torch.cat([n.a(x).chunk(2, 1)[0], x.chunk(2, 1)[1]], 1)), image()),
}


@pytest.mark.parametrize("name", RECORDABLE)
def test_recording_gives_the_graph_that_tracing_gives(name: str) -> None:
    from resnet_viz.graph import tracing

    model, x = RECORDABLE[name]()
    traced = tracing._traced_in_a_shell(model, (x,), name).graph
    recorded = tracing._recorded_without_numbers(model, (x,), name).graph
    if name != "chunks":  # a recording takes every element of a tuple, also those that nobody reads
        assert recorded.ops == traced.ops
        assert recorded.junctions == traced.junctions
    assert [(j.name, j.kind) for j in recorded.junctions] == [(j.name, j.kind) for j in traced.junctions]
    assert (recorded.macs, recorded.receptive_field) == (traced.macs, traced.receptive_field)


def test_a_transformer_layer_is_looked_into() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    network = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    graph = trace(network, torch.zeros(2, 5, 8))
    assert [j.name for j in graph.junctions] == ["layers.0", "layers.0:2", "layers.1", "layers.1:2"]


def test_the_graph_of_a_mode_is_that_of_the_mode_the_model_is_in() -> None:
    assert len(trace(ByMode().train(), image()).junctions) == 2
    assert len(trace(ByMode().eval(), image()).junctions) == 1
