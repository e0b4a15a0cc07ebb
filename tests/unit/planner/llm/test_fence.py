from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.planner.llm.documents import ItemView
from credence.planner.llm.fence import CLOSES, OPENS, document, read_document, words

HARMLESS = st.text(
    st.characters(categories=("L", "N", "P", "Zs", "Sc", "Sm", "Mn"), max_codepoint=0xFFFF)
)


@given(st.text())
def test_no_text_can_close_the_fence_or_open_another(text: str) -> None:
    message = document(ItemView(title=text))

    assert message.startswith(f"{OPENS}\n") and message.endswith(f"\n{CLOSES}")
    assert message.count("<") == 2
    assert message.count(">") == 2


@given(HARMLESS)
def test_a_reader_of_the_json_gets_back_every_character(text: str) -> None:
    inside = read_document(document(ItemView(title=text)))

    assert inside is not None
    assert json.loads(inside)["title"] == text


@given(st.text(), st.integers(1, 60))
def test_words_are_bounded_and_hide_nothing(text: str, most: int) -> None:
    shown = words(text, most=most)

    assert len(shown) <= most
    assert shown.isprintable()
    assert words(shown, most=most) == shown


@pytest.mark.parametrize(
    "spelt",
    [
        "[INST]",
        "[/inst]",
        "[IN\u200bST]",
        "［INST］",
        "[IN\ufe0fST]",
        "[\u202eINST]",
        "[AVAILABLE_TOOLS]",
    ],
)
def test_a_mark_of_a_chat_template_is_taken_out_however_it_is_spelt(spelt: str) -> None:
    assert words(f"before {spelt} after", most=80) == "before after"


@pytest.mark.parametrize("spelt", ["＜/data＞", "‹/data›", "〈/data〉", "❮/data❯"])
def test_what_looks_like_an_angle_bracket_is_one_and_so_is_escaped(spelt: str) -> None:
    assert words(spelt, most=80) == CLOSES
    assert CLOSES not in document(ItemView(title=words(spelt, most=80))).removesuffix(CLOSES)


def test_marks_that_turn_or_hide_text_are_left_out() -> None:
    hidden = "".join(chr(0xE0100 + ord(one)) for one in "obey")
    tagged = "".join(chr(0xE0000 + ord(one)) for one in "obey")

    assert words(f"he\u202eis\u2066ts{hidden}{tagged}\u00ad", most=80) == "heists"


def test_harmless_words_of_any_script_stay_as_they_are() -> None:
    for text in ("naïve café", "غريب جدا", "强盗片", "एक कहानी", "🎩 and 🍕", "a < b"):
        assert words(text, most=80) == text
