"""Cursors come back as the place that they were made for."""

from __future__ import annotations

import pytest

from credence.app.api.paging import cursor_at, text_place
from credence.memory.errors import Invalid


@pytest.mark.parametrize(
    "item_id", ["plain", "👩‍👩‍👧", "a\u00a0b", "\u200fright-to-left", "https://shop.example/1"]
)
def test_every_id_that_may_be_stored_may_be_a_place(item_id: str) -> None:
    assert text_place(cursor_at(item_id)) == item_id


@pytest.mark.parametrize("place", ["", "a\0b", "a\nb", "x" * 201, 7])
def test_what_is_no_id_is_no_place(place: str | int) -> None:
    with pytest.raises(Invalid):
        text_place(cursor_at(place))
