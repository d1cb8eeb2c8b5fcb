"""What a catalog entry is: a network, its paper, what was published about it, and where else it can be had."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_viz.text import _
from resnet_viz.zoo.specs import NetworkSpec


@dataclass(frozen=True)
class Paper:
    """Where a network was published."""

    authors: str
    title: str
    year: int
    arxiv: str  # the number there, or a DOI where the paper is older

    @property
    def citation(self) -> str:
        """ "He, Zhang, Ren, Sun 2015, arXiv:1512.03385"."""
        return f"{self.authors} {self.year}, {'doi' if self._is_doi else 'arXiv'}:{self.arxiv}"

    @property
    def url(self) -> str:
        """Where to read it."""
        return f"https://{'doi.org' if self._is_doi else 'arxiv.org/abs'}/{self.arxiv}"

    @property
    def _is_doi(self) -> bool:
        return "/" in self.arxiv


@dataclass(frozen=True)
class Variant:
    """A network that can be picked by name.

    `difference` says in one or two sentences where the released code and the paper part, and which of them is built;
    English, marked for translation, as all words here.
    """

    spec: NetworkSpec
    paper: Paper
    torchvision: str | None = None  # the same network there
    timm: str | None = None  # the same network there
    published: NetworkSpec | None = None  # the network that the paper's figures are of, where it is not `spec` itself
    difference: str = ""

    @property
    def name(self) -> str:
        return self.spec.name


@dataclass(frozen=True)
class Result:
    """A figure that a paper gives for a network, read in the paper itself (or in its authors' code release)."""

    spec: NetworkSpec
    paper: Paper
    measured: str = ""  # on what the error was measured, and how
    error: float | None = None  # top-1 error in percent
    fails: bool = False  # the paper says only that it fails, here a test error above 20 %
    macs: float | None = None  # multiply-adds as published

    def error_words(self, beside: NetworkSpec) -> str:
        """The error, on what it was measured, and how the network differs from the one it stands beside.

        "27.88 % (ImageNet validation, 10-crop, Shortcut: A: zero-padded identity)"; "" where no error was published.
        """
        if self.error is None and not self.fails:
            return ""
        error = _("above 20 %, “fails”") if self.error is None else f"{self.error:g} %"
        return f"{error} ({', '.join([_(self.measured), *(self.spec.changes() if self.spec != beside else [])])})"
