"""The past as the pages read it: the same as made again from the first revision, but bounded."""

from __future__ import annotations

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.memory.beliefs import Beliefs
from credence.memory.ledger import rebuilt
from credence.memory.model import Belief, Person, Status
from credence.memory.unit_of_work import unit_of_work
from tests.integration.admin.test_person_beliefs import twice
from tests.integration.admin.test_person_time import chart
from tests.integration.app.shelf import believed, read, sent

ADA = Person("default", "ada")
PAGE = "/admin/t/default/people/@ada"
BELIEF = "/v1/users/ada/belief"


async def _everything_happens(browser: httpx.AsyncClient) -> int:
    """Runs, and each act by hand that leaves a mark; the number of the last revision."""
    belief, _ = await twice(browser)
    await sent(browser, "POST", "/v1/users/ada/revisions/2/undo")
    likes = [c["chunk_id"] for c in belief["chunks"] if c["strength"] > 0]
    one, two = likes[:2]
    dislike = next(c["chunk_id"] for c in belief["chunks"] if c["strength"] < 0)
    await sent(browser, "PATCH", f"{BELIEF}/chunks/{one}", {"text": "desert planets"})
    await sent(browser, "POST", f"{BELIEF}/chunks/{two}/merge", {"into": one})
    merged = (await read(browser, BELIEF))["revision"]
    await sent(browser, "POST", f"/v1/users/ada/revisions/{merged}/undo")
    await sent(browser, "POST", f"{BELIEF}/chunks/{two}/forget")
    await sent(browser, "POST", f"{BELIEF}/chunks/{dislike}/forget")
    await sent(browser, "POST", f"{BELIEF}/chunks/{one}/pin")
    await sent(browser, "POST", f"/v1/users/ada/revisions/{merged + 4}/undo")
    latest: int = (await read(browser, BELIEF))["revision"]
    return latest


async def test_the_belief_of_every_revision_is_that_which_its_changes_lead_to(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    latest = await _everything_happens(signed_in)

    async with unit_of_work(application.engine) as uow:
        told = await uow.beliefs.history(ADA)
        for number in range(latest + 1):
            assert await uow.beliefs.at_revision(ADA, number) == rebuilt(told[:number])
        states = [rebuilt(told[:number]) for number in range(latest + 1)]

    assert states[0] == Belief()
    assert {chunk.status for state in states for chunk in state.chunks} == set(Status)
    assert len({state.profile.version for state in states if state.profile}) > 2


async def test_a_look_at_the_past_does_not_make_it_again_change_by_change(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = await _everything_happens(signed_in)

    async def refused(*_: object, **__: object) -> None:
        raise AssertionError("the ledger is read revision by revision")

    monkeypatch.setattr(Beliefs, "history", refused)
    for number in range(latest + 1):
        assert (await signed_in.get(f"{PAGE}?revision={number}")).status_code == 200
    assert (await signed_in.get(f"{PAGE}/time")).status_code == 200


async def test_changes_of_a_revision_beyond_the_bound_are_counted(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await believed(signed_in)
    whole = (await signed_in.get(f"{PAGE}?revision=1")).text
    told = whole.count('<li class="change">')
    assert told > 2

    monkeypatch.setattr("credence.app.admin.person.beliefs._CHANGES_SHOWN", 1)
    monkeypatch.setattr("credence.app.admin.person.beliefs._MOST_CHANGES", 2)
    text = (await signed_in.get(f"{PAGE}?revision=1")).text

    assert text.count('<li class="change">') == 2
    assert f">{told} changes</span>" in text
    assert f"{told - 2} more are not shown here." in text


async def test_the_picture_shows_what_moved_most_even_if_it_is_believed_no_more(
    signed_in: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    belief = await believed(signed_in)
    strongest = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "PATCH", f"{BELIEF}/chunks/{strongest}", {"strength": 0.95})
    await sent(signed_in, "POST", f"{BELIEF}/chunks/{strongest}/forget")

    monkeypatch.setattr("credence.app.admin.person.over_time._CHUNKS", 1)
    text = (await signed_in.get(f"{PAGE}/time")).text

    (drawn,) = chart(text)["chunks"]
    assert drawn["id"] == strongest
    assert drawn["values"][1] > 0.9
    assert drawn["values"][2] is None
    assert "whatever became of them" in text


async def test_an_event_that_is_not_known_is_told_to_be_none(
    signed_in: httpx.AsyncClient,
) -> None:
    await twice(signed_in)

    never = (await signed_in.get(f"{PAGE}?event=99999")).text
    later = (await signed_in.get(f"{PAGE}?event=6&revision=1")).text
    known = (await signed_in.get(f"{PAGE}?event=6")).text

    assert "There is no event 99999" in never
    assert "They come with POST" not in never
    assert "There is no event 6" in later
    assert "at this revision" in later
    assert "There is no event" not in known


async def test_a_category_that_no_chunk_has_is_the_one_chosen(
    signed_in: httpx.AsyncClient,
) -> None:
    await believed(signed_in)

    text = (await signed_in.get(f"{PAGE}?category=gone%3Cb%3E")).text

    assert '<option value="gone&lt;b&gt;" selected>' in text
    assert "No belief passes these filters" in text


async def test_a_strength_that_was_set_is_not_said_to_be_words_that_were_chosen(
    signed_in: httpx.AsyncClient,
) -> None:
    belief = await believed(signed_in)
    chunk = belief["chunks"][0]["chunk_id"]
    await sent(signed_in, "PATCH", f"{BELIEF}/chunks/{chunk}", {"strength": 0.5})

    text = (await signed_in.get(f"{PAGE}/chunks/{chunk}")).text

    assert "yes, by hand: words or strength" in text
