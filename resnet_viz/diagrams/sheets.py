"""Sheets of several drawings: cards to pick a family from, and the same block in several forms side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.draw import draw
from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.scene import Mark, Scene
from resnet_viz.graph.network_graph import NetworkGraph

_WIDTH = 1180.0  # of a gallery: what a page has
_WIDEST = 1600.0  # of drawings side by side: they can still be read when a page shrinks them
_GAP = 14.0
_CARD_WIDTH, _PICTURE_HEIGHT, _WORDS_HEIGHT = 184.0, 112.0, 50.0
_MARGIN = 12.0
_CAPTION = 30.0


@dataclass(frozen=True)
class Card:
    """A small picture with a title and a line below it; pressing it selects `id`."""

    id: str
    title: str
    line: str
    picture: Scene


def gallery(cards: Sequence[Card], selected: str = "") -> Scene:
    """The cards in rows, as wide as a page; the one with the id `selected` has a frame."""
    columns = int((_WIDTH + _GAP) // (_CARD_WIDTH + _GAP))
    height = _PICTURE_HEIGHT + _WORDS_HEIGHT
    sheet = Scene()
    for number, card in enumerate(cards):
        row, column = divmod(number, columns)
        _card(sheet, card, column * (_CARD_WIDTH + _GAP), row * (height + _GAP), card.id == selected)
    return sheet.fit(_MARGIN)


def _card(sheet: Scene, card: Card, x: float, y: float, is_selected: bool) -> None:
    mark = Mark(card.id, f"{card.title}\n{card.line}", "select")
    height = _PICTURE_HEIGHT + _WORDS_HEIGHT
    sheet.rect(x, y, _CARD_WIDTH, height, "card-selected" if is_selected else "card", 8, mark)
    picture = card.picture
    sheet.extend(
        _unmarked(picture, mark),
        x + (_CARD_WIDTH - picture.width) / 2,
        y + _MARGIN / 2 + (_PICTURE_HEIGHT - picture.height) / 2,
    )
    inner = _CARD_WIDTH - 2 * _MARGIN
    title_y = y + _PICTURE_HEIGHT + 18
    sheet.text(x + _MARGIN, title_y, shortened(card.title, inner, 13, 600), 13, "ink", 600, "start", mark=mark)
    sheet.text(x + _MARGIN, title_y + 17, shortened(card.line, inner, 11), 11, "muted", 400, "start", mark=mark)


def _unmarked(picture: Scene, mark: Mark) -> Scene:
    """The picture as a part of its card: pressing any of it presses the card."""
    return Scene(items=[item._replace(mark=mark) for item in picture.items])


def shortened(text: str, width: float, size: float, weight: int = 400) -> str:
    """The text, cut with "…" where it is wider than `width`."""
    if text_width(text, size, weight) <= width:
        return text
    while text and text_width(text + "…", size, weight) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def blocks(graphs: Mapping[str, NetworkGraph], block: str | None = None) -> Scene:
    """One block of each network with its caption above it, side by side.

    Of a network that has no block of that name, the one that opens its second stage is drawn.
    """
    return side_by_side([(caption, _block(graph, block)) for caption, graph in graphs.items() if graph.blocks])


def _block(graph: NetworkGraph, name: str | None) -> Scene:
    first = graph.stages[min(1, len(graph.stages) - 1)].blocks[0] if graph.stages else graph.blocks[0]
    return draw(graph, view="block", block=name if name in graph.folded.block else first.name)


def side_by_side(drawings: Sequence[tuple[str, Scene]]) -> Scene:
    """Drawings with a caption above each, their tops in line, in as many rows as they need."""
    sheet, y = Scene(), 0.0
    for row in _rows(drawings):
        widths = [_slot(caption, scene) for caption, scene in row]
        x = -(sum(widths) + _GAP * (len(row) - 1)) / 2  # rows are centred on one another
        for (caption, scene), width in zip(row, widths, strict=True):
            sheet.text(x + width / 2, y + 10, caption, 13, "ink", 600)
            sheet.extend(scene, x + (width - scene.width) / 2, y + _CAPTION)
            x += width + _GAP
        y += _CAPTION + max(scene.height for _caption, scene in row) + _GAP
    return sheet.fit(12)


def _rows(drawings: Sequence[tuple[str, Scene]]) -> Iterator[list[tuple[str, Scene]]]:
    row: list[tuple[str, Scene]] = []
    for drawing in drawings:
        if row and sum(_slot(*each) + _GAP for each in [*row, drawing]) > _WIDEST:
            yield row
            row = []
        row.append(drawing)
    if row:
        yield row


def _slot(caption: str, scene: Scene) -> float:
    return max(scene.width, text_width(caption, 13, 600) + 8)
