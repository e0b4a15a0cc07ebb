"""The form of a try: what was typed is kept, nonsense is named, and a link brings it back."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.datastructures import QueryParams

from credence.app.admin.trying.form import MOST_CANDIDATES, Reader, Typed, told
from credence.planner.what_if import WhatIf


def typed(query: str) -> Typed:
    return Typed.of(QueryParams(query))


def problems(query: str, *, believed: tuple[int, ...] = (1, 2)) -> list[tuple[str, str]]:
    reader = Reader(typed(query))
    reader.wanted(latest=4)
    reader.what_if(lambda chunk_id: chunk_id in believed)
    return [(problem.anchor, problem.message) for problem in reader.problems]


def test_an_empty_form_asks_for_what_would_be_recommended_now() -> None:
    reader = Reader(typed("instruction=&candidates=&k=&off=&strength-1=&ranker=&revision="))
    wanted, what_if = reader.wanted(latest=4), reader.what_if(lambda _: False)

    assert reader.problems == []
    assert (wanted.candidates, wanted.k, wanted.revision, wanted.ranker) == (None, 10, None, "")
    assert what_if.empty


def test_a_form_is_read_and_its_link_brings_the_same_form_back() -> None:
    query = (
        "instruction=a+%26+b&candidates=x%0D%0Ay%0Ax&k=3&off=1&off=2&strength-2=-0%2C5"
        "&counts=learnt&ranker=semantic&revision=0&same=on&find=word&page=2"
    )
    form = typed(query)
    reader = Reader(form)
    wanted, what_if = reader.wanted(latest=4), reader.what_if(lambda _: True)

    assert reader.problems == []
    assert (wanted.candidates, wanted.repeated, wanted.k) == (("x", "y"), 1, 3)
    assert (wanted.revision, wanted.ranker, wanted.same) == (0, "semantic", True)
    assert what_if == WhatIf(off=frozenset({1, 2}), strengths={2: -0.5}, stated=False)
    again = typed(form.query())
    assert again.query() == form.query()
    assert (again.off, again.strengths, again.revision) == (form.off, form.strengths, "0")
    assert "off" not in form.query(altered=False)
    assert "instruction" in form.query(altered=False)


def test_a_page_holds_for_the_words_that_it_was_found_by() -> None:
    assert typed("find=word&page=3&page_of=word").page == 3
    assert typed("find=other&page=3&page_of=word").page == 1
    assert typed("find=&page=3&page_of=word").page == 1
    assert typed("find=word&page=3").page == 3  # a link


@pytest.mark.parametrize(
    ("query", "anchor", "says"),
    [
        ("k=0", "k", "1 to 100"),
        ("k=101", "k", "1 to 100"),
        ("k=ten", "k", "whole number"),
        ("k=" + "9" * 5_000, "k", "whole number"),
        ("revision=5", "revision", "0 to 4"),
        ("revision=-1", "revision", "0 to 4"),
        ("ranker=best", "ranker", "none of those"),
        ("off=3", "off-3", "no belief '3'"),
        ("off=%3Cscript%3E", "off-<script>", "no belief"),
        ("strength-3=0.5", "strength-3", "no belief '3'"),
        ("strength-1=1", "strength-1", "-0.95"),
        ("strength-1=nan", "strength-1", "a number"),
        ("strength-1=inf", "strength-1", "a number"),
        ("strength-1=strong", "strength-1", "a number"),
        ("candidates=a%00b", "candidates", "line 1 is no item id"),
        ("candidates=ok%0A" + "x" * 201, "candidates", "line 2 is no item id"),
        ("instruction=%00", "instruction", "NUL"),
        ("instruction=" + "x" * 2_001, "instruction", "2,000"),
    ],
)
def test_nonsense_is_refused_with_the_field_named(query: str, anchor: str, says: str) -> None:
    (found,) = problems(query)

    assert found[0] == anchor
    assert says in found[1]


def test_candidates_up_to_the_limit_are_taken_and_one_more_is_not() -> None:
    lines = [f"item-{n}" for n in range(MOST_CANDIDATES + 1)]

    assert problems("candidates=" + quote("\n".join(lines[:-1]))) == []
    ((anchor, message),) = problems("candidates=" + quote("\n".join(lines)))
    assert anchor == "candidates"
    assert "at most 200 lines, and 201 are given" in message


def test_all_that_is_wrong_is_gathered_and_only_the_first_of_it_told() -> None:
    reader = Reader(typed("k=0&" + "&".join(f"off={n}" for n in range(100, 120))))
    reader.wanted(latest=4)
    reader.what_if(lambda _: False)

    shown, more = told(reader.problems)
    assert (len(shown), more) == (8, 13)
