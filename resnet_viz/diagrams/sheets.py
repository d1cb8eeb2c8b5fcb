"""Sheets of several drawings: cards to pick a family from, and the same block in several forms side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resnet_viz.diagrams.draw import draw
from resnet_viz.diagrams.fonts import text_width
from resnet_viz.diagrams.scene import Item, Mark, Scene
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.graph.telling import telling_block

_WIDTH, _HEIGHT = 1180.0, 900.0  # what a page has
_GAP = 14.0
_CARD_WIDTH, _PICTURE_HEIGHT, _WORDS_HEIGHT = 184.0, 112.0, 50.0
_MARGIN = 12.0
_CAPTION_LINE = 18.0


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
    """One block of each network with its caption above it, side by side; equal drawings once, under all captions.

    Of a network that has no block of that name, the one that tells most is drawn (`telling_block`).
    """
    drawings: list[tuple[list[str], Scene]] = []
    for caption, graph in graphs.items():
        if graph.blocks:
            name = block if block in graph.folded.block else telling_block(graph, inner=True)
            scene = draw(graph, view="block", block=name)
            twin = next((captions for captions, other in drawings if _looks_like(other, scene)), None)
            if twin is None:
                drawings.append(([caption], scene))
            else:
                twin.append(caption)
    return side_by_side(drawings)


def _looks_like(one: Scene, other: Scene) -> bool:
    def unmarked(scene: Scene) -> list[Item]:
        return [item._replace(mark=None) for item in scene]

    return unmarked(one) == unmarked(other)


def side_by_side(drawings: Sequence[tuple[Sequence[str], Scene]]) -> Scene:
    """Drawings with their captions above each, their tops in line, in the rows in which they can be largest."""
    numbers = range(1, len(drawings) + 1)
    sheets = [_sheet([drawings[i : i + number] for i in range(0, len(drawings), number)]) for number in numbers]
    return max(sheets, key=lambda sheet: min(1.0, _WIDTH / sheet.width, _HEIGHT / sheet.height), default=Scene())


def _sheet(rows: Sequence[Sequence[tuple[Sequence[str], Scene]]]) -> Scene:
    sheet, y = Scene(), 0.0
    for row in rows:
        head = _CAPTION_LINE * max(len(captions) for captions, _scene in row) + _GAP
        widths = [_slot(captions, scene) for captions, scene in row]
        x = -(sum(widths) + _GAP * (len(row) - 1)) / 2  # rows are centred on one another
        for (captions, scene), width in zip(row, widths, strict=True):
            for number, caption in enumerate(captions):
                sheet.text(x + width / 2, y + 10 + number * _CAPTION_LINE, caption, 13, "ink", 600)
            sheet.extend(scene, x + (width - scene.width) / 2, y + head)
            x += width + _GAP
        y += head + max(scene.height for _captions, scene in row) + _GAP
    return sheet.fit(12)


def _slot(captions: Sequence[str], scene: Scene) -> float:
    return max(scene.width, *(text_width(caption, 13, 600) + 8 for caption in captions))
