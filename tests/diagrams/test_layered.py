"""The layered layout, on graphs drawn by chance and on the shapes it is made for."""

from __future__ import annotations

import itertools
import random

import pytest

from resnet_viz.diagrams import Scene, check
from resnet_viz.diagrams.layout.layered import lay_out
from resnet_viz.diagrams.layout.layered_values import Edge, EdgeKind, Node, NodeKind, Problem


def painted(problem: Problem) -> Scene:
    """The layout as a scene, for the geometric checks."""
    layout, scene = lay_out(problem), Scene()
    for edge, points in layout.lines.items():
        role = {"flow": "flow", "gate": "gate", "shortcut": "identity"}[problem.kind(edge)]
        scene.line([(x, t) for t, x in points], role)
    for key, node in layout.nodes.items():
        if node.kind == "circle":
            scene.circle(node.x, node.t + node.length / 2, node.length / 2, "merge", "+")
        else:
            low, high = layout.bars.get(key, (node.x - node.width / 2, node.x + node.width / 2))
            scene.rect(low, node.t, high - low, node.length, "unit")
    return scene.fit()


def box(key: int, *inputs: int, weight: float = 2) -> Node:
    return Node(key, "box", 30, 100, inputs, weight)


def circle(key: int, *inputs: int) -> Node:
    return Node(key, "circle", 24, 24, inputs)


def bar(key: int, *inputs: int) -> Node:
    return Node(key, "bar", 26, 100, inputs)


def drawn_by_chance(seed: int) -> Problem:
    """A graph of 3 to 14 nodes with boxes, circles and bars of many sizes; some edges are shortcuts and gates."""
    chance = random.Random(seed)
    nodes: list[Node] = []
    kinds: dict[Edge, EdgeKind] = {}
    for key in range(chance.randint(3, 14)):
        known = range(max(0, key - 5), key)
        inputs = tuple(chance.sample(known, min(chance.choice([1, 1, 1, 2, 2, 3]), len(known))))
        kind: NodeKind = "bar" if len(inputs) > 2 or chance.random() < 0.1 else "circle" if len(inputs) == 2 else "box"
        length = {"box": chance.choice([18, 30, 48, 66]), "circle": 24, "bar": 26}[kind]
        width = {"box": chance.choice([60, 100, 140]), "circle": 24, "bar": 100}[kind]
        nodes.append(Node(key, kind, length, width, inputs, chance.choice([0.1, 2])))
        if kind == "circle" and chance.random() < 0.4:
            kinds[chance.choice(inputs), key] = chance.choice(["shortcut", "gate"])
    nodes.append(box(len(nodes), len(nodes) - 1))
    return Problem(nodes, len(nodes) - 1, kinds)


def test_graphs_drawn_by_chance_have_no_overlap_and_no_line_through_a_box() -> None:
    """Far more tangled than networks are; one in some thousand still shows a fault."""
    faulty = {seed: faults for seed in range(600) if (faults := check(painted(drawn_by_chance(seed))))}
    assert len(faulty) <= 1, faulty


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_every_edge_is_drawn_from_its_source_to_its_target(seed: int) -> None:
    problem = drawn_by_chance(seed)
    layout = lay_out(problem)
    assert set(layout.lines) == set(problem.edges())
    for (source, target), points in layout.lines.items():
        begin, end = layout.nodes[source], layout.nodes[target]
        assert points[0][0] == pytest.approx(begin.t + begin.length)
        assert end.t - 0.01 <= points[-1][0] <= end.t + end.length / 2 + 0.01
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points)), "a slanted line"


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_data_flows_forward(seed: int) -> None:
    problem = drawn_by_chance(seed)
    layout = lay_out(problem)
    for source, target in problem.edges():
        assert layout.nodes[source].t + layout.nodes[source].length < layout.nodes[target].t


def test_a_shortcut_lies_outside_of_everything_beside_it() -> None:
    nodes = [box(0), box(1, 0), box(2, 1), box(3, 1), bar(4, 2, 3, 1), circle(5, 0, 4), box(6, 5)]
    layout = lay_out(Problem(nodes, 6, {(0, 5): "shortcut"}))
    outermost = max(x for _t, x in layout.lines[0, 5])
    assert all(node.x + node.width / 2 < outermost for node in layout.nodes.values())
    assert all(x < outermost for edge, points in layout.lines.items() if edge != (0, 5) for _t, x in points)


def test_a_gate_lies_on_the_other_side() -> None:
    nodes = [box(0), box(1, 0), box(2, 1, weight=0.1), circle(3, 2, 1), circle(4, 0, 3), box(5, 4)]
    layout = lay_out(Problem(nodes, 5, {(0, 4): "shortcut", (2, 3): "gate"}))
    assert layout.nodes[2].x < layout.nodes[1].x < max(x for _t, x in layout.lines[0, 4])


def test_the_heaviest_path_is_straight() -> None:
    nodes = [box(0), box(1, 0), box(2, 1), box(3, 0, weight=0.1), circle(4, 2, 3), box(5, 4)]
    layout = lay_out(Problem(nodes, 5))
    assert {layout.nodes[key].x for key in (0, 1, 2, 4, 5)} == {0.0}
    assert layout.nodes[3].x != 0


def test_the_spine_begins_at_the_entry_though_another_way_is_heavier() -> None:
    nodes = [box(0), box(1), box(2, 1), circle(3, 0, 2), box(4, 3)]
    layout = lay_out(Problem(nodes, 4, entry=0))
    assert layout.nodes[0].x == layout.nodes[3].x == 0 != layout.nodes[1].x


def test_lines_from_several_lanes_run_into_a_circle_that_gathers_them_as_one() -> None:
    nodes = [box(0), box(1, 0), box(2, 0), box(3, 0), circle(4, 1, 2, 3), box(5, 4)]
    problem = Problem(nodes, 5, lanes={1: 0, 2: 1, 3: 2}, gathers=frozenset({4}))
    layout = lay_out(problem)
    middle = layout.nodes[4].t + layout.nodes[4].length / 2
    assert [layout.lines[source, 4][-1][0] for source in (2, 3)] == [middle, middle]
    assert check(painted(problem)) == []


def test_a_gate_beside_its_own_product_comes_from_its_own_side() -> None:
    """The second factor of the product in the spine is read on: its line is no detour around the spine."""
    nodes = [box(0), box(1, 0), box(2, 0, weight=0.1), circle(3, 1, 2), box(4, 2, weight=0.1), circle(5, 4, 0)]
    nodes += [circle(6, 3, 5), box(7, 6)]
    layout = lay_out(Problem(nodes, 7, {(2, 3): "gate", (0, 5): "shortcut", (5, 6): "shortcut"}))
    assert layout.nodes[2].x > layout.nodes[1].x
    assert all(x >= layout.nodes[3].x for _t, x in layout.lines[2, 3])


def test_branches_stand_in_the_order_of_the_concatenation() -> None:
    nodes = [box(0), box(1, 0), box(2, 0), box(3, 2), box(4, 0), bar(5, 1, 3, 4), box(6, 5)]
    layout = lay_out(Problem(nodes, 6))
    assert layout.nodes[1].x < layout.nodes[3].x < layout.nodes[4].x
    low, high = layout.bars[5]
    assert low < layout.nodes[1].x and layout.nodes[4].x < high


def test_a_short_branch_stands_in_the_middle_of_its_room() -> None:
    nodes = [box(0), box(1, 0), box(2, 1), box(3, 2), box(4, 0, weight=0.1), circle(5, 3, 4), box(6, 5)]
    layout = lay_out(Problem(nodes, 6))
    assert layout.nodes[4].t == layout.nodes[2].t


def test_a_run_is_as_long_as_what_lies_on_it() -> None:
    nodes = [box(0), box(1, 0), circle(2, 0, 1), box(3, 2)]
    layout = lay_out(Problem(nodes, 3, {(0, 2): "shortcut"}, run_lengths={(0, 2): 400}))
    begin, end, _x = layout.runs[0, 2]
    assert end - begin >= 400


def test_known_lanes_are_forgotten_where_two_nodes_would_share_a_place() -> None:
    nodes = [bar(0), box(1, 0), box(2, 0), bar(3, 1, 2), box(4, 3)]
    crowded = Problem(nodes, 4, lanes={1: 1, 2: 1})
    assert check(painted(crowded)) == []
    assert crowded.node[1].lane != crowded.node[2].lane
