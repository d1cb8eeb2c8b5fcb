"""Which modules of a network are its blocks: those that own a junction, and those that are like them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from resnet_viz.graph.fold_drawing import Drawing
from resnet_viz.graph.network_graph import Junction, NetworkGraph

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "SequentialCell"})
MOST_SUMS_OF_A_BLOCK = 4  # a module that adds more often is no block but holds them
MANY = 5  # so many modules of one class, each with several weights, are blocks also where they are not numbered
LONGEST_BLOCK = 12  # weighted operations of a branch without a module of its own: more is a long skip, not a block


def enclosing(path: str) -> Iterator[str]:
    """The modules around a module, innermost first, without the root."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def is_inside(path: str, module: str) -> bool:
    """Whether a module path is that of a module or of something in it; "" holds everything."""
    return not module or path == module or path.startswith(module + ".")


def common_module(paths: Iterable[str]) -> str:
    """The innermost module that holds all of these."""
    split = [path.split(".") for path in paths]
    length = 0
    while all(len(parts) > length for parts in split) and len({parts[length] for parts in split}) == 1:
        length += 1
    return ".".join(split[0][:length])


# ---------------------------------------------------------------------------------- junctions


def block_junctions(graph: NetworkGraph) -> tuple[list[Junction], list[Junction]]:
    """Junctions that may make a block, and long skips, each in order of execution; nested ones are in neither.

    A sum around several modules of one class that hold sums of their own (image restoration, LinkNet) is a long skip,
    and so is a concatenation around modules that share no container (U-Net): its arc spans blocks, and what is nested
    in it counts as the top level.
    """
    children: dict[str | None, list[Junction]] = defaultdict(list)
    for junction in graph.junctions:
        if junction.kind != "context":
            children[junction.parent].append(junction)
    twins = _twin_owners(graph)
    found: list[Junction] = []
    long: list[Junction] = []
    waiting = list(children[None])
    while waiting:
        junction = waiting.pop()
        if _is_long_skip(graph, junction, children[junction.name], twins):
            long.append(junction)
            waiting += children[junction.name]
        else:
            found.append(junction)
    return sorted(found, key=lambda j: j.op), sorted(long, key=lambda j: j.op)


def _twin_owners(graph: NetworkGraph) -> set[str]:
    """Modules that hold a sum and have sisters of their class that hold one too."""
    owners = {j.module_path for j in graph.junctions if j.is_additive and j.module_path}
    classes = Counter(graph.modules.get(path, "") for path in owners)
    return {path for path in owners if classes[graph.modules.get(path, "")] > 1}


def _is_long_skip(graph: NetworkGraph, junction: Junction, nested: list[Junction], twins: set[str]) -> bool:
    """`twins` are modules of which there are several that add: one is rather a block, unless it holds very many."""
    if not junction.is_additive:
        branch = [graph.ops[i] for i in junction.branch]
        return any(j.kind == "concat" for j in nested) and not common_module(
            op.module_path for op in branch if op.kind == "weighted"
        )
    owners = {j.module_path for j in nested if j.is_additive} - {junction.module_path}
    classes = Counter(graph.modules.get(path, "") for path in owners)
    most = max(classes.values(), default=0)
    return most > (MOST_SUMS_OF_A_BLOCK if junction.module_path in twins else 1)


def _swallows_network(found: Drawing, junction: Junction) -> bool:
    """Whether a branch holds most of the network, as in a global skip around plain convolutions."""
    inside = sum(i in found.words and found.words[i].weighted for i in junction.branch)
    return inside > 8 and 2 * inside > sum(words.weighted for words in found.words.values())


def owners(found: Drawing, junctions: list[Junction]) -> dict[str, str]:
    """The block that each junction belongs to: a module path, or "@" and the junction's name where no module is one."""
    sums = Counter(junction.module_path for junction in junctions)
    out = {}
    for junction in junctions:
        owner = _owner(found, junction, sums)
        if owner is not None:
            out[junction.name] = owner
    out = _without_structure(out, junctions)
    return out if any(j.is_additive for j in junctions if j.name in out) else _lifted(found.graph, out)


def _lifted(graph: NetworkGraph, owner: dict[str, str]) -> dict[str, str]:
    """The numbered modules around the owners, if each holds one owner and all are of one class.

    So a block whose convolutions meet in a concatenation inside it (Res2Net) is the same block without its shortcut.
    """
    around = {path: next(filter(_is_numbered, enclosing(path)), "") for path in owner.values()}
    classes = {graph.modules.get(outer, "") for outer in around.values()}
    if "" in around.values() or len(classes) > 1 or len(set(around.values())) < len(around):
        return owner
    return {name: path if _is_numbered(path) else around[path] for name, path in owner.items()}


def _owner(found: Drawing, junction: Junction, sums: Counter[str]) -> str | None:
    ops, scope = found.graph.ops, junction.module_path
    branch = _branch(found, junction)
    if not branch or _swallows_network(found, junction):
        return None
    inner = common_module(ops[i].module_path for i in branch)
    holds = not junction.is_additive and inner
    owns = scope and is_inside(inner, scope) and sums[scope] <= MOST_SUMS_OF_A_BLOCK
    owner = scope if owns and not holds else inner
    is_leaf = len(branch) == 1 and ops[branch[0]].is_module and owner == ops[branch[0]].module_path
    if owner and not is_leaf:
        return owner
    return f"@{junction.name}" if junction.is_additive and len(branch) <= LONGEST_BLOCK else None


def _branch(found: Drawing, junction: Junction) -> list[int]:
    """Operations that tell where the branch lives: the weighted ones, of a growing concatenation its last step's."""
    drawn = [i for i in junction.branch if i in found.words]
    weighted = [i for i in drawn if found.words[i].weighted] or drawn
    if junction.grows:
        weighted = [i for i in weighted if found.reaches(junction.source, i)] or weighted
    return weighted


def _without_structure(owner: dict[str, str], junctions: list[Junction]) -> dict[str, str]:
    """Owners that are blocks: a concatenation above or below sums is structure; an owner inside an owner joins it."""
    adding = {owner[j.name] for j in junctions if j.name in owner and j.is_additive}
    above = {outer for path in adding for outer in enclosing(path)}
    kept = {path for path in owner.values() if path in adding or path[0] == "@" or path not in above}
    kept = {path for path in kept if path in adding or adding.isdisjoint(enclosing(path))}
    outermost = {path for path in kept if path[0] == "@" or kept.isdisjoint(enclosing(path))}
    return {
        name: next((outer for outer in enclosing(path) if outer in outermost), path) if path[0] != "@" else path
        for name, path in owner.items()
        if path in outermost or not outermost.isdisjoint(enclosing(path))
    }


# ---------------------------------------------------------------------------------- modules without a junction


def block_modules(found: Drawing, owner: dict[str, str]) -> set[str]:
    """Paths of the modules that are blocks: the owners, modules like them, and modules that join parallel branches."""
    blocks = {path for path in owner.values() if path[0] != "@"}
    weights = _weights_inside(found)
    blocks |= _siblings(found.graph, blocks, weights)
    if not owner:
        blocks |= _twins(found.graph, weights)
    return blocks | _bubbles(found, blocks, weights)


def _weights_inside(found: Drawing) -> Counter[str]:
    """Number of weighted operations in every module."""
    weights: Counter[str] = Counter()
    for op, words in found.words.items():
        if words.weighted:
            path = found.graph.ops[op].module_path
            weights.update((path, *enclosing(path)))
    return weights


def _siblings(graph: NetworkGraph, blocks: set[str], weights: Counter[str]) -> set[str]:
    """Modules without a shortcut, but of an owner's class or numbered beside it (the strided blocks of MobileNet)."""
    classes = {graph.modules.get(path) for path in blocks} - CONTAINERS - {None}
    parents = {path.rpartition(".")[0] for path in blocks if "." in path}
    around = {outer for path in blocks for outer in enclosing(path)}
    found: set[str] = set()
    for path, kind in graph.modules.items():
        if not weights[path] or path in blocks or path in around:
            continue
        parent, _, last = path.rpartition(".")
        like = kind in classes or (parent in parents and last.isdigit() and weights[path] > 1)
        if like and not any(outer in blocks or outer in found for outer in enclosing(path)):
            found.add(path)
            around.update(enclosing(path))
    return found


def _twins(graph: NetworkGraph, weights: Counter[str]) -> set[str]:
    """Modules of one class with two or more weighted operations each: the blocks of a plain network.

    They are numbered (layer1.0, layer1.1), or there are many of them; of modules inside each other the innermost, but
    not the only one of its class in a numbered one (the gate of a block). With one weighted operation each they count
    where a sequence or a list holds many of them and nothing else.
    """
    members: dict[str, list[str]] = defaultdict(list)
    alike = _alike(graph)
    for path, kind in graph.modules.items():
        if path and kind not in CONTAINERS and (weights[path] > 1 or (weights[path] and path in alike)):
            members[kind].append(path)
    found: set[str] = set()
    for paths in members.values():
        numbered = [path for path in paths if _is_numbered(path)]
        found.update(paths if len(paths) >= MANY else numbered if len(numbered) > 1 else ())
    found -= _only_ones(graph, found)
    return found - {outer for path in found for outer in enclosing(path)}


def _is_numbered(path: str) -> bool:
    return path.rpartition(".")[2].isdigit()


def _only_ones(graph: NetworkGraph, found: set[str]) -> set[str]:
    """Modules without a number inside a numbered one that holds no other of their class."""
    around = {path: next((o for o in enclosing(path) if o in found and _is_numbered(o)), None) for path in found}
    count = Counter((outer, graph.modules[path]) for path, outer in around.items())
    return {p for p, outer in around.items() if outer and not _is_numbered(p) and count[outer, graph.modules[p]] == 1}


def _alike(graph: NetworkGraph) -> set[str]:
    """Modules with modules inside, whose sequence or list holds many of their class and nothing else."""
    children: dict[str, list[str]] = defaultdict(list)
    for path in graph.modules:
        if path:
            children[path.rpartition(".")[0]].append(path)
    runs = [paths for parent, paths in children.items() if graph.modules[parent] in CONTAINERS and len(paths) >= MANY]
    runs = [paths for paths in runs if len({graph.modules[path] for path in paths}) == 1]
    return {path for paths in runs for path in paths if path in children}


def _bubbles(found: Drawing, blocks: set[str], weights: Counter[str]) -> set[str]:
    """Modules that concatenate branches of their own (Inception, Fire), outside and not around the blocks."""
    around = {outer for path in blocks for outer in enclosing(path)}
    joins: dict[str, None] = {}
    for op, words in found.words.items():
        path = found.graph.ops[op].module_path
        if words.role == "cat" and path and len(found.inputs[op]) > 1 and weights[path] > 1:
            joins[path] = None
    new = {p for p in joins if p not in around and p not in blocks and blocks.isdisjoint(enclosing(p))}
    held = Counter(outer for path in new for outer in enclosing(path) if outer in new)
    new = {path for path in new if held[path] < 3}  # one that holds many is structure
    return {path for path in new if new.isdisjoint(enclosing(path))}
