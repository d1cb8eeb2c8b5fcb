"""A NetworkGraph as a compact JSON document and back, and as a networkx graph. Torch-free.

Operations are rows; what repeats (functions, module paths, shapes, attributes) is written once in a table and named by
its number; references to other operations are distances and receptive fields are increments, so that equal blocks
become equal text and compress well.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from resnet_viz.graph.network_graph import Junction, NetworkGraph, Op

if TYPE_CHECKING:
    import networkx

FORMAT = 1


class _Table:
    """Values in order of first appearance; `number(value)` adds a new one."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value (compared as JSON) in the table; a new value gets the next one."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def to_dict(graph: NetworkGraph) -> dict[str, Any]:
    """The whole graph as JSON values; `from_dict` gives an equal graph back."""
    tables = {name: _Table() for name in ("functions", "paths", "shapes", "attributes", "classes")}
    for path in graph.modules:
        tables["paths"].number(path)
    modules = [tables["classes"].number(name) for name in graph.modules.values()]
    rows = [_op_row(op, graph.ops, tables) for op in graph.ops]
    junctions = [_junction_row(junction, tables["paths"]) for junction in graph.junctions]
    return {
        "format": FORMAT,
        "name": graph.name,
        "num_parameters": graph.num_parameters,
        "outputs": list(graph.outputs),
        "notes": list(graph.notes),
        "tables": {name: table.values for name, table in tables.items()},
        "ops": rows,
        "junctions": junctions,
        "modules": modules,  # class of each of the first paths
    }


def from_dict(document: Mapping[str, Any]) -> NetworkGraph:
    """The graph of a document that `to_dict` made; ValueError for another format."""
    if document.get("format") != FORMAT:
        raise ValueError(f"graph document of format {document.get('format')!r}: {FORMAT} is wanted")
    tables = document["tables"]
    classes = [tables["classes"][number] for number in document["modules"]]
    ops: list[Op] = []
    for row in document["ops"]:
        ops.append(_op(row, ops, tables))
    return NetworkGraph(
        name=document["name"],
        ops=tuple(ops),
        junctions=tuple(_junction(row, tables["paths"]) for row in document["junctions"]),
        outputs=tuple(document["outputs"]),
        modules=dict(zip(tables["paths"], classes, strict=False)),
        num_parameters=document["num_parameters"],
        notes=tuple(document["notes"]),
    )


def _op_row(op: Op, ops: Sequence[Op], tables: Mapping[str, _Table]) -> list[Any]:
    return [
        op.kind,
        tables["functions"].number(op.function),
        [op.index - i for i in op.inputs],
        tables["paths"].number(op.module_path),
        None if op.shape is None else tables["shapes"].number(list(op.shape)),
        op.is_module + 2 * op.is_live,
        op.num_parameters,
        op.macs,
        _increment(op.receptive_field, _field_before(op.inputs, ops)),
        tables["attributes"].number(dict(op.attributes)),
    ]


def _op(row: Sequence[Any], before: Sequence[Op], tables: Mapping[str, Sequence[Any]]) -> Op:
    kind, function, distances, path, shape, flags, num_parameters, macs, field, attributes = row
    index = len(before)
    inputs = tuple(index - distance for distance in distances)
    return Op(
        index=index,
        kind=kind,
        function=tables["functions"][function],
        inputs=inputs,
        module_path=tables["paths"][path],
        shape=None if shape is None else tuple(tables["shapes"][shape]),
        is_module=bool(flags & 1),
        is_live=bool(flags & 2),
        num_parameters=num_parameters,
        macs=macs,
        receptive_field=_field(field, _field_before(inputs, before)),
        attributes=tables["attributes"][attributes],
    )


def _junction_row(junction: Junction, paths: _Table) -> list[Any]:
    def distances(indices: Sequence[int]) -> list[int]:
        return [junction.op - i for i in indices]

    return [
        junction.name,
        junction.kind,
        junction.op,
        junction.op - junction.source,
        distances(junction.terms),
        junction.shortcut,
        distances(junction.chain),
        _runs(distances(junction.branch)),
        distances(junction.adds),
        paths.number(junction.module_path),
        junction.parent,
    ]


def _junction(row: Sequence[Any], paths: Sequence[str]) -> Junction:
    name, kind, op, source, terms, shortcut, chain, branch, adds, path, parent = row

    def indices(distances: Sequence[int]) -> tuple[int, ...]:
        return tuple(op - distance for distance in distances)

    return Junction(
        name=name,
        kind=kind,
        op=op,
        source=op - source,
        terms=indices(terms),
        shortcut=shortcut,
        chain=indices(chain),
        branch=indices([distance for first, count in branch for distance in range(first, first - count, -1)]),
        adds=indices(adds),
        module_path=paths[path],
        parent=parent,
    )


def _runs(falling: Sequence[int]) -> list[list[int]]:
    """[[9, 3], [4, 1]] for 9 8 7 4."""
    runs: list[list[int]] = []
    for value in falling:
        if runs and value == runs[-1][0] - runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([value, 1])
    return runs


def _field_before(inputs: Sequence[int], ops: Sequence[Op]) -> float:
    """The largest finite receptive field among the operands, 0 without any."""
    return max((field for i in inputs if math.isfinite(field := ops[i].receptive_field)), default=0)


def _increment(field: float, before: float) -> int | list[float] | None:
    """What was added to the field; [the field itself] where it is no whole number, None where it is global."""
    if math.isinf(field):
        return None
    return int(field - before) if field == int(field) and before == int(before) else [field]


def _field(increment: int | list[float] | None, before: float) -> float:
    if increment is None:
        return math.inf
    return increment[0] if isinstance(increment, list) else increment + before


def to_networkx(graph: NetworkGraph) -> networkx.MultiDiGraph:
    """Live operations as nodes (by index), one edge for every operand; attributes are strings and numbers.

    So it can be written as GraphML or GEXF. `junction` is the name of the junction at a node, "" where there is none;
    `is_shortcut` marks the edge by which a shortcut enters its junction.
    """
    import networkx

    junction_at = {junction.op: junction for junction in graph.junctions}
    out = networkx.MultiDiGraph(name=graph.name, num_parameters=graph.num_parameters, macs=graph.macs)
    for op in graph.ops:
        if op.is_live:
            junction = junction_at.get(op.index)
            out.add_node(op.index, **_node_attributes(op, junction.name if junction else ""))
            for operand in graph.live_inputs(op):
                is_shortcut = junction is not None and operand.index == junction.terms[junction.shortcut]
                out.add_edge(operand.index, op.index, is_shortcut=int(is_shortcut))
    return out


def _node_attributes(op: Op, junction: str) -> dict[str, str | int | float]:
    return {
        "label": op.function,
        "kind": op.kind,
        "module_path": op.module_path,
        "shape": "" if op.shape is None else "x".join(map(str, op.shape[1:])),
        "num_parameters": op.num_parameters,
        "macs": op.macs,
        "receptive_field": op.receptive_field,
        "junction": junction,
        "attributes": json.dumps(dict(op.attributes), sort_keys=True),
    }
