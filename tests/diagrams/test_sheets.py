"""Sheets of several drawings: whole, in order, and nothing over anything else."""

from __future__ import annotations

import re

from resnet_viz import diagrams
from resnet_viz.diagrams.scene import Scene, Text
from resnet_viz.diagrams.sheets import Card, blocks, gallery, shortened, side_by_side
from resnet_viz.graph.shipped import shipped
from resnet_viz.graph.telling import telling_block


def picture() -> Scene:
    scene = Scene()
    scene.rect(0, 0, 60, 40, "residual-1")
    return scene.fit(4)


def test_a_gallery_has_every_card_in_rows_and_each_is_one_button() -> None:
    cards = [Card(f"family:{i}", f"Family {i}", "He 2015 · 5 networks", picture()) for i in range(13)]
    sheet = gallery(cards, "family:3")
    assert diagrams.check(sheet) == []
    svg = sheet.to_svg(interactive=True)
    assert re.findall(r'data-id="(family:\d+)"', svg) == [card.id for card in cards]
    assert sheet.width <= 1200


def test_long_words_are_cut_to_the_card() -> None:
    assert shortened("short", 100, 12) == "short"
    cut = shortened("a very long title that does not fit", 100, 12)
    assert cut.endswith("…") and "a very long title that does not fit".startswith(cut[:-1]) and 10 < len(cut) < 30
    long = Card("family:x", "A family with a name that nobody could put on a card", "x" * 200, picture())
    assert diagrams.check(gallery([long])) == []


def captions(sheet: Scene) -> list[str]:
    return [item.text for item in sheet if isinstance(item, Text) and item.weight == 600 and item.size == 13]


def test_drawings_stand_side_by_side_under_their_captions() -> None:
    sheet = side_by_side([([f"form {i}"], picture()) for i in range(40)])
    assert diagrams.check(sheet) == []
    assert captions(sheet) == [f"form {i}" for i in range(40)]


def test_rows_are_chosen_so_that_a_page_shows_the_drawings_large() -> None:
    high = Scene()
    high.rect(0, 0, 300, 1500, "residual-1")
    in_one_row = side_by_side([([str(i)], high) for i in range(5)])
    assert in_one_row.height < 2 * high.bounds().y1  # several rows would shrink them to the page's height
    wide = Scene()
    wide.rect(0, 0, 900, 200, "residual-1")
    assert side_by_side([([str(i)], wide) for i in range(3)]).width < 1000


def test_the_same_block_is_drawn_of_every_network() -> None:
    residual, plain = shipped("resnet20"), shipped("plain20")
    assert residual is not None and plain is not None
    sheet = blocks({"with": residual, "without": plain}, "layer2.0")
    assert diagrams.check(sheet) == []
    one = diagrams.draw(plain, view="block", block="layer2.0")
    assert len(sheet.items) == 2 + len(one.items) + len(diagrams.draw(residual, view="block", block="layer2.0").items)


def test_what_looks_the_same_is_drawn_once_under_both_captions() -> None:
    graph = shipped("resnet20")
    assert graph is not None
    sheet = blocks({"A": graph, "B": graph}, "layer2.1")
    assert captions(sheet) == ["A", "B"]
    assert len(sheet.items) == 2 + len(diagrams.draw(graph, view="block", block="layer2.1").items)
    assert diagrams.check(sheet) == []


def test_a_network_without_that_block_shows_the_one_that_tells_most() -> None:
    graph = shipped("resnet20")
    assert graph is not None
    assert blocks({"x": graph}, "layer9.9").items == blocks({"x": graph}, telling_block(graph, inner=True)).items
