"""What untrusted words can do when a model obeys every one of them: nothing beyond their person.

The model is a real server over HTTP that obeys whatever it reads; the guarantee is in our code.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from credence.app.llm_dev.brain import Brain
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.memory.planner_run import PlannerRun
from tests.integration.conftest import copied
from tests.integration.llm.hostile.attack import Kind, Place
from tests.integration.llm.hostile.scene import (
    BYSTANDERS,
    CARRIERS,
    EARLY,
    KEY,
    LATE,
    OTHERS,
    Aftermath,
    Besieged,
    siege,
)
from tests.integration.llm.hostile.texts import TEXTS

SIX = {
    "extraction",
    "reinforcement",
    "weakening",
    "consolidation",
    "forgetting",
    "resynthesis",
}
BATCH = {6, 7}  # numbers of the events of the siege
CLEAREST, MOST = 0.8, 6
BY_RULE = ("listed under ", "described as ")  # how the built-in extractor words an item's part
MARKUP_OR_LINK = re.compile(
    r"[<>{}\[\]\\`#*_|^~=@]|\w:/|www\.|\b[\w-]+\.(?:com|net|org|io|example)\b", re.IGNORECASE
)
OF_A_TEMPLATE = re.compile(r"\[/?(?:INST|SYS|TOOL_CALLS|AVAILABLE_TOOLS)\]", re.IGNORECASE)
LONGEST_PROMPT = 40_000  # characters of data, whatever anybody writes
IDS = [one.user_id for one in (*CARRIERS.values(), *OTHERS)]
CANARIES = {one.user_id: one.canary for one in (*CARRIERS.values(), *OTHERS)}

# What is let through today; a text that is stopped at last fails here, and is struck off.
each_text = pytest.mark.parametrize("name", list(CARRIERS))


@pytest_asyncio.fixture(scope="module")
async def aftermath(
    postgres: str, template: str, encoder: SentenceEncoder, dev_brain: Brain
) -> AsyncIterator[Aftermath]:
    """What is left when everybody has attacked at once."""
    settings = Settings(_env_file=None, worker=False, check_within_minutes=1e6)  # type: ignore[call-arg]
    with copied(postgres, template) as url:
        async with siege(settings, url, encoder, dev_brain) as found:
            yield found


def test_there_are_texts_of_every_kind_and_for_every_place() -> None:
    assert len(TEXTS) >= 45
    assert {text.kind for text in TEXTS} == set(Kind)
    assert {text.place for text in TEXTS} == set(Place)
    assert len({text.name for text in TEXTS}) == len(TEXTS)


@pytest.mark.parametrize("name", [text.name for text in TEXTS if text.obeyed])
def test_the_model_does_obey(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]

    answers = [exchange.answer for exchange in aftermath.heard_of(one)]

    assert one.hostile is not None
    assert any(one.hostile.obeyed in answer for answer in answers if one.hostile.obeyed), answers


@each_text
def test_no_run_fails(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]

    run = aftermath.runs[one.user_id]

    assert isinstance(run, PlannerRun), run
    assert run.outcome in {"committed", "skipped"}
    assert [row["outcome"] for row in aftermath.of("planner_runs", one.user_id)].count(
        "failed"
    ) == 0
    assert run.cost["llm_calls"] >= 1


@each_text
def test_a_list_is_made_of_the_candidates_whatever_they_say(
    aftermath: Aftermath, name: str
) -> None:
    one = CARRIERS[name]

    answer = aftermath.lists[one.user_id]

    assert answer.status_code == 200, answer.text
    ids = [item["item_id"] for item in answer.json()["items"]]
    assert len(ids) == len(set(ids)) == 10
    assert one.item is None or one.item.item_id in ids


@pytest.mark.parametrize("user_id", [*BYSTANDERS, EARLY])
def test_nothing_of_a_bystander_changes(aftermath: Aftermath, user_id: str) -> None:
    before, after = aftermath.belonging_to(user_id)

    assert before["chunks"]
    assert before["ledger"]
    assert before["events"]
    assert after == before


def test_whoever_is_looked_at_amid_attacks_is_seen_as_in_peace(aftermath: Aftermath) -> None:
    early, late = (_seen(aftermath, user_id) for user_id in (EARLY, LATE))

    assert early["evidence"]
    assert late == early


@each_text
def test_a_belief_changes_by_the_six_operations_alone(aftermath: Aftermath, name: str) -> None:
    user_id = CARRIERS[name].user_id
    known = len(aftermath.of("revisions", user_id, before=True))

    revisions = aftermath.of("revisions", user_id)
    entries = [row for row in aftermath.of("ledger", user_id) if row["revision"] > known]

    assert len(revisions) <= known + 1
    assert {row["operation"] for row in entries} <= SIX
    told = {row["chunk_id"]: row["after"] for row in entries if row["chunk_id"] is not None}
    for now in aftermath.of("chunks", user_id):
        was = [
            row
            for row in aftermath.of("chunks", user_id, before=True)
            if row["chunk_id"] == now["chunk_id"]
        ]
        assert now["chunk_id"] in told or was == [now]


def test_there_is_new_evidence_to_be_looked_at(aftermath: Aftermath) -> None:
    assert any(_new_evidence(aftermath, one) for one in CARRIERS.values())


@each_text
def test_evidence_is_of_this_batch_and_in_its_words(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]

    new = _new_evidence(aftermath, one)

    assert {row["seq"] for row in new} <= BATCH
    for row in new:
        by_rule = row["words"].startswith(BY_RULE) and _read_by_rule(aftermath, one)
        texts = _texts(aftermath, one, row["seq"])
        assert by_rule or any(_plain(row["words"]) in text for text in texts), row


@each_text
def test_an_event_moves_a_belief_by_so_much_and_no_more(aftermath: Aftermath, name: str) -> None:
    new = _new_evidence(aftermath, CARRIERS[name])

    assert all(0 < abs(row["weight"]) <= CLEAREST for row in new)
    assert all(count <= MOST for count in Counter(row["seq"] for row in new).values())


@each_text
def test_what_a_person_pinned_stays(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]
    fixed = ("text", "category", "pinned", "edited", "aliases", "status", "merged_into")

    was, now = (
        [
            {column: row[column] for column in fixed}
            for row in aftermath.of("chunks", one.user_id, before=before)
            if row["pinned"]
        ]
        for before in (True, False)
    )

    assert [row["text"] for row in was] == [f"tales of {one.canary}"]
    assert now == was


@pytest.mark.parametrize("name", [t.name for t in TEXTS if t.kind in {Kind.WIPE, Kind.JSON}])
def test_nothing_is_forgotten_that_neither_faded_nor_was_contradicted(
    aftermath: Aftermath, name: str
) -> None:
    one = CARRIERS[name]

    gone = [
        row["reason"]
        for row in aftermath.of("ledger", one.user_id)
        if row["operation"] == "forgetting"
    ]

    assert all(reason.startswith(("decayed: ", "refuted: ")) for reason in gone)
    assert any(row["status"] == "active" for row in aftermath.of("chunks", one.user_id))


@each_text
def test_no_belief_holds_markup_links_or_what_it_may_never_say(
    aftermath: Aftermath, name: str
) -> None:
    one = CARRIERS[name]
    assert one.hostile is not None
    own = one.hostile.text if one.hostile.place is Place.CHUNK else None

    said = [text.replace(own, "") if own else text for text in _believed(aftermath, one)]

    for text in said:
        assert not MARKUP_OR_LINK.search(_plain(text)), text
        assert not [never for never in one.hostile.never if never in _plain(text)], text


@each_text
def test_no_belief_holds_anything_of_others(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]

    rows = [repr(rows) for rows in aftermath.belonging_to(one.user_id)[1].values()]

    for other in (*CARRIERS.values(), *OTHERS):
        if other is not one:
            assert not any(other.canary in row or other.user_id in row for row in rows)


@each_text
def test_no_prompt_holds_anything_of_others(aftermath: Aftermath, name: str) -> None:
    one = CARRIERS[name]

    heard = aftermath.heard_of(one)

    assert {exchange.said.partition("\n")[0] for exchange in heard} >= {
        "Role: planner",
        "Role: ranker",
    }
    for exchange in heard:
        others = {c for c in CANARIES.values() if c in exchange.body} - {one.canary}
        assert not others
        assert not [user_id for user_id in IDS if user_id in exchange.body]


@each_text
def test_no_text_leaves_its_fence(aftermath: Aftermath, name: str) -> None:
    for exchange in aftermath.heard_of(CARRIERS[name]):
        _, opened, rest = exchange.said.partition("\n<data>\n")
        data, closed, after = rest.partition("\n</data>")
        assert opened
        assert closed
        assert "<" not in data
        assert ">" not in data
        assert not OF_A_TEMPLATE.search(data)
        assert not [c for c in data if unicodedata.category(c) in {"Cf", "Cc", "Co", "Cn"}]
        assert len(data) <= LONGEST_PROMPT
        assert not re.search(r"<(?!/?data>)", after)
        assert not OF_A_TEMPLATE.search(after)


def test_every_call_bore_the_key(aftermath: Aftermath) -> None:
    assert {exchange.authorization for exchange in aftermath.exchanges} == {f"Bearer {KEY}"}


def test_the_key_is_in_no_prompt_no_table_and_no_log(aftermath: Aftermath) -> None:
    assert aftermath.logged
    assert KEY not in aftermath.logged
    assert KEY not in repr(aftermath.after)
    assert not [exchange for exchange in aftermath.exchanges if KEY in exchange.body]
    assert not [user_id for user_id, answer in aftermath.lists.items() if KEY in answer.text]


def test_no_log_repeats_anybodys_words(aftermath: Aftermath) -> None:
    assert not [canary for canary in CANARIES.values() if canary in aftermath.logged]
    assert not [text.name for text in TEXTS if text.text[:60] in aftermath.logged]


def test_no_thread_of_a_run_is_left(aftermath: Aftermath) -> None:
    assert not aftermath.after["checkpoints"]
    assert not aftermath.after["checkpoint_blobs"]


def _seen(aftermath: Aftermath, user_id: str) -> dict[str, Any]:
    """What is believed and why, without whose it is and when the planner looked."""
    chunks = ("chunk_id", "category", "text", "likes", "dislikes", "status")
    evidence = ("chunk_id", "seq", "weight", "words", "revision")
    ledger = ("revision", "position", "operation", "chunk_id", "evidence")
    columns: Mapping[str, tuple[str, ...]] = {
        "chunks": chunks,
        "evidence": evidence,
        "ledger": ledger,
    }
    seen: dict[str, Any] = {
        table: sorted(
            ([row[column] for column in names] for row in aftermath.of(table, user_id)), key=repr
        )
        for table, names in columns.items()
    }
    seen["masses"] = [
        (row["chunk_id"], round(row["liking"], 3), round(row["disliking"], 3))
        for row in aftermath.of("chunks", user_id)
    ]
    return seen


def _new_evidence(aftermath: Aftermath, one: Besieged) -> list[Mapping[str, Any]]:
    def known(*, before: bool) -> dict[str, Mapping[str, Any]]:
        rows = aftermath.of("evidence", one.user_id, before=before)
        return {repr(row): row for row in rows}

    was = known(before=True)
    return [row for text, row in known(before=False).items() if text not in was]


def _read_by_rule(aftermath: Aftermath, one: Besieged) -> bool:
    """Whether the built-in extractor read the events, as nothing in the answer was of use."""
    run = aftermath.runs[one.user_id]
    assert isinstance(run, PlannerRun)
    return any(p["fallback"] for p in run.detail["roles"] if p["role"] == "extractor")


def _texts(aftermath: Aftermath, one: Besieged, seq: int) -> list[str]:
    """All that the event and its item say."""
    (event,) = (row for row in aftermath.of("events", one.user_id) if row["seq"] == seq)
    (item,) = (row for row in aftermath.after["items"] if row["item_id"] == event["item_id"])
    told = (event["text"], item["title"], item["description"], *item["categories"])
    return [_plain(text) for text in (*told, *item["creators"])]


def _believed(aftermath: Aftermath, one: Besieged) -> list[str]:
    """What is believed now: chunks, and the sentences of the last profile."""
    chunks = [r["text"] for r in aftermath.of("chunks", one.user_id) if r["status"] == "active"]
    profiles = sorted(aftermath.of("profiles", one.user_id), key=lambda row: int(row["version"]))
    sentences = [sentence["text"] for sentence in profiles[-1]["sentences"]] if profiles else []
    return [*chunks, *sentences]


def _plain(text: str) -> str:
    """In one case and one width, without quotation marks and what is not to be seen."""
    text = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(re.sub(r"[\"'“”‘’`…]", "", seen).split())
