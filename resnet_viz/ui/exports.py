"""Files of what is drawn, in the light theme for print, and the command that makes the same file."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from resnet_viz import diagrams, text
from resnet_viz.diagrams.fonts_unpack import missing_font
from resnet_viz.graph.network_graph import NetworkGraph
from resnet_viz.surgery.plan import Surgery
from resnet_viz.text import _
from resnet_viz.ui import commands, shell
from resnet_viz.ui.compare import Comparison
from resnet_viz.ui.messages import plain
from resnet_viz.zoo import NetworkSpec


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a file shows."""

    spec: NetworkSpec
    graph: NetworkGraph
    surgery: Surgery
    view: str
    stage: int | None = None  # counted from 1
    block: str | None = None

    def make(self, suffix: str, scale: float = 2) -> bytes:
        """The file's bytes."""
        scene = diagrams.draw(self.graph, self.view, self.stage, self.block, self.surgery)
        return scene.to_svg().encode() if suffix == "svg" else scene.to_png(scale=scale)

    def file_name(self, suffix: str, scale: float = 2) -> str:
        suffix = suffix if scale == 2 else f"{scale:g}x.{suffix}"
        return diagrams.file_name(
            self.graph.name, self.view, stage=self.stage, block=self.block, surgery=self.surgery, suffix=suffix
        )

    def command(self) -> str:
        """The command line that makes the same SVG file."""
        where = ["--stage", str(self.stage)] if self.stage else ["--block", self.block] if self.block else []
        changes = commands.surgery_options(self.graph, self.surgery)
        return commands.line("draw", self.spec, "-o", self.file_name("svg"), *where, *changes)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A file of one block in several forms."""

    comparison: Comparison
    view = "compare"

    def make(self, suffix: str, scale: float = 2) -> bytes:
        """The file's bytes."""
        scene = self.comparison.scene
        return scene.to_svg().encode() if suffix == "svg" else scene.to_png(scale=scale)

    def file_name(self, suffix: str, scale: float = 2) -> str:
        suffix = suffix if scale == 2 else f"{scale:g}x.{suffix}"
        return diagrams.file_name(self.comparison.spec.label, f"by-{self.comparison.field.name}", suffix=suffix)

    def command(self) -> str:
        """The command line that makes the same SVG file."""
        comparison = self.comparison
        more = ["--by", comparison.field.name, *(["--block", comparison.block] if comparison.block else [])]
        return commands.line("draw", comparison.spec, "-o", self.file_name("svg"), *more)


@shell.fragment
def export(*drawings: tuple[str, Drawing | Sheet]) -> None:
    """Buttons for each (title, drawing); a fragment, so that a file is made only when its button is pressed."""
    problem = missing_font(_("residual branch"))
    for title, drawing in drawings:
        if isinstance(drawing, Drawing) and drawing.view == "block" and not drawing.block:
            continue  # a network without blocks
        st.markdown(f"**{plain(title)}**")
        with st.container(horizontal=True):
            _button(drawing, "svg", "SVG", "image/svg+xml")
            for label, scale in (("PNG", 2), ("PNG 4×", 4)):
                _button(drawing, "png", label, "image/png", scale, problem)
    if problem:
        st.caption(plain(problem))
    st.code(drawings[0][1].command(), language="bash", wrap_lines=True)


def _button(
    drawing: Drawing | Sheet, suffix: str, label: str, mime: str, scale: float = 2, problem: str | None = None
) -> None:
    language = text.language()

    def make() -> bytes:
        with text.speaking(language):  # the file is made in a thread of the server that speaks English
            return drawing.make(suffix, scale)

    st.download_button(
        label, make, drawing.file_name(suffix, scale), mime, on_click="ignore",
        key=f"file-{drawing.view}-{label}", disabled=problem is not None and suffix == "png",
    )  # fmt: skip
