"""A visitor's own pictures: on the page only their name, in this process never their pixels undone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_viz.compute.client import Client
from resnet_viz.probes import pictures
from resnet_viz.ui import uploads


def png(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()


def page() -> None:
    """A page of the field alone; it shows what the address says of the pictures."""
    import streamlit as st

    from resnet_viz.ui import link, uploads

    link.arrive()
    uploads.uploader()
    st.text(link.read("images") or "none")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    client = Client(1, preload=())
    yield client
    client.close()


@pytest.fixture
def app(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(uploads, "shared_client", lambda: client)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded in the server"))
    return AppTest.from_function(page, default_timeout=60).run()


def test_pictures_are_read_by_a_worker_and_named_in_the_address(app: AppTest) -> None:
    red, blue = png((200, 0, 0)), png((0, 0, 200))
    app.file_uploader[0].upload("red.png", red).upload("blue.png", blue).run()
    assert not app.exception and not app.warning
    digest = app.text[0].value.removeprefix("upload:")
    assert uploads.is_stored(f"upload:{digest}")
    assert [tuple(picture[0, 0]) for picture in pictures.PictureStore().load(digest)] == [(200, 0, 0), (0, 0, 200)]


def test_once_read_the_files_are_let_go(app: AppTest) -> None:
    before = app.file_uploader[0].key
    app.file_uploader[0].upload("red.png", png((200, 0, 0))).run()
    assert app.file_uploader[0].key != before and not app.file_uploader[0].value
    name = app.text[0].value
    app.run()
    assert app.text[0].value == name


def test_what_is_no_picture_is_one_sentence_without_markup_and_changes_nothing(app: AppTest) -> None:
    app.file_uploader[0].upload("good.png", png((200, 0, 0))).upload("**bold**.png", b"text").run()
    (warning,) = app.warning
    assert warning.value.startswith(r"\*\*bold\*\*\.png is not a picture")
    assert app.text[0].value == "none" and not list(Path(pictures.PictureStore().folder).glob("*"))
    app.run()
    assert not app.warning


def test_too_much_at_once_is_refused_before_anything_is_read(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "shared_client", lambda: pytest.fail("asked"))
    monkeypatch.setattr(pictures, "MAX_SET_BYTES", 10)
    app.file_uploader[0].upload("red.png", png((200, 0, 0))).run()
    assert "together" in app.warning[0].value


def test_a_worker_that_fails_over_a_picture_is_one_sentence(
    app: AppTest, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def submit(self, function: str, question: object, *rest: object, **more: object) -> object:
            return client.submit("resnet_viz.nowhere:nothing", question)

    monkeypatch.setattr(uploads, "shared_client", Failing)
    app.file_uploader[0].upload("red.png", png((200, 0, 0))).run()
    assert len(app.warning) == 1 and app.text[0].value == "none" and not app.exception
