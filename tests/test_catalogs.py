"""The catalogs hold exactly what the code shows."""

import re

import pytest

from resnet_viz import messages, text

OTHERS = [language for language in text.LANGUAGES if language != "en"]
_PLACEHOLDER = re.compile(r"\{(\w*)")


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_nothing_else(language: str) -> None:
    held = {str(m.id): str(m.string) for m in messages.catalog(language) if m.id}
    shown = set(messages.shown())
    assert not shown - held.keys(), "run: python -m resnet_viz.messages"
    assert not held.keys() - shown, "run: python -m resnet_viz.messages"
    assert not [text for text, translation in held.items() if not translation]


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_same_placeholders(language: str) -> None:
    for message in messages.catalog(language):
        if message.id:
            wanted = sorted(_PLACEHOLDER.findall(str(message.id)))
            assert sorted(_PLACEHOLDER.findall(str(message.string))) == wanted, message.id


def test_a_language_belongs_to_its_thread_and_ends_with_its_block() -> None:
    with text.speaking("zh"):
        assert text.language() == "zh"
        with text.speaking("nonsense<b>"):
            assert text.language() == "en"
    assert text.language() == "en"
