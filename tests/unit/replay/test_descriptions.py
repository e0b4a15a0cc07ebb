"""Item texts as the released files hold them."""

from __future__ import annotations

import pytest

from credence.replay.loaders.descriptions import Described, described, plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("A tale.", "A tale."),
        ("['A tale.', 'Of two cities.']", "A tale. Of two cities."),
        ('["It\'s a tale."]', "It's a tale."),
        (["A", "tale"], "A tale"),
        ("['', '']", ""),
        ("[Nan]", ""),
        ("[]", ""),
        ("['unclosed]", "'unclosed"),
        (float("nan"), ""),
        (None, ""),
        ("D&eacute;j&agrave; <b>Vu</b>\n\n again", "Déjà Vu again"),
        ('<span id="parentalAdvisory" class="a-size', ""),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("(no genres listed)", ""),
    ],
)
def test_markup_and_list_reprs_become_plain_text(raw: object, text: str) -> None:
    assert plain(raw) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "By Ann Lee. Genres: Crime, Cozy Mystery. A body is found.",
            Described(("Ann Lee",), ("Crime", "Cozy Mystery"), "A body is found."),
        ),
        (
            "By J. R. R. Tolkien, Dr. Seuss. Categories: Books. A ring.",
            Described(("J. R. R. Tolkien", "Dr. Seuss"), ("Books",), "A ring."),
        ),
        (
            "Genres: Drama. Directed by M. Night Shyamalan. A boy sees.",
            Described(("M. Night Shyamalan",), ("Drama",), "A boy sees."),
        ),
        ("Categories: R&B; Soul; Pop", Described((), ("R&B", "Soul", "Pop"), "")),
        ("Genres: Drama, Drama. X", Described((), ("Drama",), "X")),
        (
            "address: 1 Main St | city: Reno | stars: 4.0 | categories: Bars, Food",
            Described((), ("Bars", "Food"), "city: Reno"),
        ),
        ("Just a story. By the sea.", Described((), (), "Just a story. By the sea.")),
        ("", Described((), (), "")),
    ],
)
def test_facts_written_before_the_text_are_taken_out_of_it(text: str, parts: Described) -> None:
    assert described(text) == parts
