"""How the boxes and lines of a block look after a surgery: roles, marks, labels; for block view and stage view."""

from __future__ import annotations

from resnet_viz.diagrams.layout.block_boxes import BlockBoxes, Box
from resnet_viz.diagrams.layout.layered_values import Edge, EdgeKind
from resnet_viz.diagrams.marks import JUNCTION_LABELS, factor_label, op_mark, shortcut_mark, sum_mark
from resnet_viz.diagrams.roles import SHORTCUT_LINES
from resnet_viz.diagrams.scene import Mark
from resnet_viz.graph.network_graph import Junction
from resnet_viz.surgery.plan import Surgery, natural_key
from resnet_viz.text import _

_PART_ROLES = {"norm": "norm", "param": "norm", "act": "activation", "shape": "strip", "drop": "strip"}
_SHORTCUT_BOXES = {"projection": "projection", "identity": "carried", "side": "unit"}
_PART_ROLES |= {"split": "strip", "part": "strip"}


class Style:
    """The look of one block under a surgery; `learns` is the role of operations with weights."""

    def __init__(self, found: BlockBoxes, surgery: Surgery, learns: str) -> None:
        self.found, self.surgery, self.learns = found, surgery, learns
        self.words = found.folded.words
        self.dropped = self._dropped()

    def _dropped(self) -> set[int]:
        """Boxes of residual branches that the surgery drops."""
        out: set[int] = set()
        for junction in set(self.found.sums.values()):
            if junction.is_additive and self.surgery.factors(junction.name)[1] == 0:
                branch = set(junction.branch)
                out |= {key for key, box in self.found.boxes.items() if box.ops and branch.issuperset(box.ops)}
        return out

    # ------------------------------------------------------------------ lines

    def edge_kind(self, edge: Edge) -> EdgeKind:
        """What the layout needs to know about an edge."""
        if edge in self.found.shortcut_edges:
            return "shortcut"
        return "gate" if edge in self.found.gate_edges else "flow"

    def line_role(self, edge: Edge) -> str:
        junction = self.found.shortcut_edges.get(edge)
        if junction is not None:
            return SHORTCUT_LINES[junction.kind] if self._carries(edge) else "cut"
        if self.dropped.intersection(edge):
            return "dropped"
        split = self.found.split
        if split is not None and edge == (split.begin, split.end) and self.found.boxes[split.end].kind == "cat":
            return "identity"  # a part that passes untouched
        gates = self.found.gate_boxes
        return "gate" if edge in self.found.gate_edges or gates.intersection(edge) else "flow"

    def line_mark(self, edge: Edge) -> Mark | None:
        if edge not in self.found.shortcut_edges:
            return None
        takers = {junction.name: junction for junction in self._takers(edge) if junction is not None}
        if len(takers) > 1:  # which one should a press cut?
            return Mark("", _("Shared by the shortcuts {names}", names=", ".join(sorted(takers, key=natural_key))))
        junction = next(iter(takers.values()), self.found.shortcut_edges[edge])
        return shortcut_mark(junction, self.shortcut_words(junction), self.surgery)

    def is_cut(self, junction: Junction) -> bool:
        return junction.is_additive and self.surgery.factors(junction.name)[0] == 0

    def _carries(self, edge: Edge) -> bool:
        """Whether something still comes through: a shortcut that is not cut, or a branch that reads it too."""
        return any(junction is None or not self.is_cut(junction) for junction in self._takers(edge))

    def _takers(self, edge: Edge) -> list[Junction | None]:
        """The junctions whose shortcuts run through an edge; None stands for what is no shortcut."""
        junction = self.found.shortcut_edges.get(edge)
        if junction is None or self.found.arrivals.get(junction.name, edge) == edge:
            return [junction]
        return [taker for user in self.found.users[edge[1]] for taker in self._takers((edge[1], user))]

    # ------------------------------------------------------------------ boxes

    def part_role(self, box: Box, ops: list[int], is_head: bool) -> str:
        """Role of one rectangle of a stack; `is_head` also where the stack has no other part."""
        if box.key in self.dropped:
            return "dropped"
        junction = self.found.shortcut_boxes.get(box.key)
        if junction is not None:
            users = self.found.users.get(box.key)  # None: it is a label on the shortcut's line
            is_cut = self.is_cut(junction) if users is None else not any(self._carries((box.key, u)) for u in users)
            if is_cut:
                return "dropped"
            if is_head:
                return _SHORTCUT_BOXES[SHORTCUT_LINES[junction.kind]]
        if box.key in self.found.gate_boxes and is_head:
            return "gate"
        words = self.words[ops[0]]
        return _PART_ROLES.get(words.role) or (self.learns if words.weighted or words.role == "mix" else "unit")

    def text_role(self, box_role: str) -> str:
        return "muted" if box_role in ("strip", "dropped", "area") else "ink"

    def merge_role(self, box: Box) -> str:
        return "product" if box.sign == "×" and box.key not in self.dropped else "merge"

    def box_mark(self, box: Box, ops: list[int], label: str) -> Mark:
        folded = self.found.folded
        return op_mark(folded.graph, tuple(ops), label, folded.shape_words(folded.graph.ops[ops[-1]].shape))

    def more_mark(self, box: Box) -> Mark:
        """Mark of what stands for operations like those beside it."""
        alike = " · ".join(dict.fromkeys(self.words[op].label for op in box.ops))
        return self.box_mark(box, box.ops, _("like these: {operations}", operations=alike))

    def merge_mark(self, box: Box) -> Mark:
        junction = self.found.sums.get(box.key)
        if junction is not None:
            return sum_mark(junction, self.surgery)
        return self.box_mark(box, box.ops, self.words[box.ops[0]].label)

    # ------------------------------------------------------------------ words

    def shortcut_words(self, junction: Junction) -> str:
        """As in "identity" or "1×1 conv, 256, /2"."""
        heads = [self.words[op] for op in junction.chain if op in self.words]
        labels = [words.label for words in heads if words.role in ("conv", "fc", "pool") or words.weighted]
        return " · ".join(labels) or _(JUNCTION_LABELS[junction.kind])

    def shortcut_label(self, junction: Junction) -> tuple[str, str]:
        """(text, role) beside a shortcut's line; empty where its boxes say what it is."""
        factor = self.surgery.factors(junction.name)[0] if junction.is_additive else 1.0
        if factor == 0:
            return _("cut"), "muted"
        boxed = any(self.found.of.get(op) in self.found.shortcut_boxes for op in junction.chain)
        words = [] if boxed else [_(JUNCTION_LABELS[junction.kind])]
        if factor != 1:
            words.append(factor_label(factor))
        return " ".join(words), "shortcut"

    def branch_label(self, junction: Junction) -> str:
        """As in "dropped" or "× 0.5", beside the residual branch's last line; empty where it is untouched."""
        factor = self.surgery.factors(junction.name)[1] if junction.is_additive else 1.0
        return "" if factor == 1 else _("dropped") if factor == 0 else factor_label(factor)
