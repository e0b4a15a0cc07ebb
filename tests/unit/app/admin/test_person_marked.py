"""Words that count, set off in what was written; nothing is lost, nothing is escaped twice."""

from __future__ import annotations

import pytest

from credence.app.admin.person.marked import Part, marked


def test_words_are_set_off_wherever_they_stand() -> None:
    found = marked("Slow. Very slow. Slow.", "Slow.")

    assert found.shown == [Part("Slow.", True), Part(" Very slow. ", False), Part("Slow.", True)]
    assert found.found
    assert not found.whole


def test_a_long_text_is_shown_around_the_words_and_whole_on_demand() -> None:
    text = "a" * 5_000 + "the point" + "b" * 5_000

    found = marked(text, "the point")

    assert [part.text for part in found.shown if part.marked] == ["the point"]
    assert len("".join(part.text for part in found.shown)) < 400
    assert "".join(part.text for part in found.whole) == text


@pytest.mark.parametrize("words", ["", "   ", "not there", "THE POINT"])
def test_words_that_do_not_stand_there_set_nothing_off(words: str) -> None:
    short, long = marked("the point", words), marked("the point " * 500, words)

    assert not short.found
    assert not long.found
    assert short.shown == [Part("the point", False)]
    assert len(long.shown[0].text) < 400
    assert "".join(part.text for part in long.whole) == "the point " * 500


def test_markup_is_a_part_like_any_other() -> None:
    found = marked("x <b>bold</b> y", "<b>bold</b>")

    assert [part.text for part in found.shown] == ["x ", "<b>bold</b>", " y"]


def test_an_event_without_a_text_shows_nothing() -> None:
    assert marked("", "listed under mysteries").shown == []


def test_very_long_words_are_clipped_but_whole_below() -> None:
    text = "z" * 9_000

    found = marked(text, text)

    assert len(found.shown[0].text) < 1_000
    assert "".join(part.text for part in found.whole) == text
