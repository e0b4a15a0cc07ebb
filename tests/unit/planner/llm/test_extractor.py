from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.memory.model import Action, Belief, Item, Status
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import Proposal
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.reading import matched
from credence.planner.state import Snapshot
from tests.fakes import SaidOutright, embed, vector_of
from tests.unit.planner.llm.world import (
    ERRAND,
    NOW,
    RULES,
    Script,
    Scripted,
    a_belief,
    a_chunk,
    about,
    an_event,
    new,
    proposals,
    vectors_for,
)

LOVED = "I loved the heists. The graphic violence put me off."
HEIST = Item(
    item_id="1",
    title="The Vault",
    description="The reader loves casinos and everything with casinos in it. Slow trains.",
    categories=("Crime", "Capers", "Trains", "Gold", "Spies", "Safes"),
    creators=("Ann Lee",),
)


def an_extractor(model: Scripted) -> LlmExtractor:
    return LlmExtractor(
        model=model, errand=ERRAND, built_in=SaidOutright(), embed=embed, rules=RULES, now=NOW
    )


async def extracted(
    *script: Script, events: tuple[Witnessed, ...], belief: Belief | None = None
) -> Extraction:
    return await an_extractor(Scripted(script))(belief or Belief(), events)


def weights(extraction: Extraction) -> dict[str, float]:
    return {finding.topic: round(finding.weight, 3) for finding in extraction.findings}


def notes(extraction: Extraction) -> str:
    assert extraction.told is not None
    return " | ".join(extraction.told.notes)


async def reached(extraction: Extraction, belief: Belief) -> list[tuple[int | None, float]]:
    """Where each finding bears, once it is matched as in a run."""
    snapshot = Snapshot(
        belief=belief, vectors=vectors_for(belief), pending=(), last_seq=9, head_seq=9
    )
    reading = await matched(snapshot, extraction, embed=embed)
    return [(bearing.chunk_id, round(bearing.finding.weight, 3)) for bearing in reading.bearings]


async def test_a_new_topic_with_words_of_its_event_is_found_as_clearly_as_it_was_said() -> None:
    answer = proposals(
        new("e1", "heists", "I loved the heists", clarity="emphatic"),
        new("e1", "graphic violence", "The graphic violence put me off", stance="dislike"),
        new("e2", "puns", "Puns, too", clarity="faint"),
    )

    made = await extracted(answer, events=(an_event(1, LOVED), an_event(2, "Puns, too.")))

    assert weights(made) == {"heists": 0.8, "graphic violence": -0.5, "puns": 0.2}
    assert [finding.event_seq for finding in made.findings] == [1, 1, 2]
    assert made.said == {}


async def test_words_and_topics_that_share_none_are_compared_in_one_pass() -> None:
    passes: list[int] = []

    async def counted(texts: Sequence[str]) -> NDArray[np.float32]:
        passes.append(len(texts))
        return await embed(texts)

    answer = proposals(
        new("e1", "heists", "I loved the heists"),
        new("e1", "puns", "I loved the heists"),
        new("e1", "spies", "The graphic violence put me off"),
    )
    extractor = replace(an_extractor(Scripted([answer])), embed=counted)

    made = await extractor(Belief(), (an_event(1, LOVED),))

    assert weights(made) == {"heists": 0.5}
    assert passes == [4]


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (new("e9", "heists", "I loved the heists"), "it names no event that was given"),
        (new("e1", "heists", "I adored the heists"), "its words are not in event e1"),
        (new("e1", "heists", "I loved the heist"), "its words are not in event e1"),
        (new("e1", "heists", "the"), "its words say nothing"),
        (new("e1", "heists", ""), "its words are not in event e1"),
        (new("e1", "puns", "I loved the heists"), "its words are not about its topic"),
        (new("e1", "heists", LOVED, category="age"), "no category or stance"),
        (new("e1", "good book", LOVED), "no topic"),
        (about("e1", "c7", "I loved the heists"), "it names no chunk that was given"),
        (about("e1", "c１", "I loved the heists"), "it names no chunk that was given"),
        (about("e1", "e1", "I loved the heists"), "it names no chunk that was given"),
    ],
)
async def test_a_proposal_without_evidence_of_this_batch_is_dropped_and_noted(
    proposal: Proposal, why: str
) -> None:
    good = new("e1", "heists", "I loved the heists")
    answer = proposals(good, proposal)

    made = await extracted(
        answer, events=(an_event(1, LOVED),), belief=a_belief(a_chunk(1, "spies"))
    )

    assert weights(made) == {"heists": 0.5}
    assert "proposal 2: " in notes(made)
    assert why in notes(made)


async def test_words_of_another_event_are_no_evidence_for_this_one() -> None:
    answer = proposals(new("e2", "heists", "I loved the heists"), new("e2", "puns", "Puns"))

    made = await extracted(answer, events=(an_event(1, LOVED), an_event(2, "Puns.")))

    assert weights(made) == {"puns": 0.5}


async def test_support_and_contradiction_count_on_the_side_of_the_chunk() -> None:
    belief = a_belief(a_chunk(1, "heists"), a_chunk(2, "graphic violence", liking=0, disliking=1))
    answer = proposals(
        about("e1", "c1", "I loved the heists", kind="contradicts"),
        about("e1", "c2", "The graphic violence put me off", clarity="emphatic"),
    )

    made = await extracted(answer, events=(an_event(1, LOVED),), belief=belief)

    assert await reached(made, belief) == [(2, -0.8), (1, -0.5)]


async def test_support_reaches_the_chunk_it_names_though_another_has_the_same_words() -> None:
    belief = a_belief(
        a_chunk(1, "Heists", category="genre"),
        a_chunk(2, "clever capers", aliases=("heists",), edited=True),
        a_chunk(3, "heists"),
    )
    answer = proposals(about("e1", "c3", "I loved the heists"))

    made = await extracted(answer, events=(an_event(1, LOVED),), belief=belief)

    assert await reached(made, belief) == [(3, 0.5)]


async def test_support_reaches_the_chunk_it_names_though_the_lexicon_has_one_name_for_two() -> None:
    belief = a_belief(
        a_chunk(1, "slow pacing", category="pace"), a_chunk(2, "slow pace", category="pace")
    )
    answer = proposals(about("e1", "c2", "the slow pace of it"))

    made = await extracted(answer, events=(an_event(1, "Oh, the slow pace of it"),), belief=belief)

    assert await reached(made, belief) == [(2, 0.5)]


async def test_a_rejected_topic_is_not_learnt_again_by_a_new_proposal() -> None:
    belief = a_belief(a_chunk(1, "heists", status=Status.REJECTED))

    made = await extracted(
        proposals(new("e1", "heists", "I loved the heists")),
        events=(an_event(1, LOVED),),
        belief=belief,
    )

    assert await reached(made, belief) == []


async def test_opposite_new_proposals_of_one_topic_make_one_topic() -> None:
    answer = proposals(
        new("e1", "heists", "I loved the heists"),
        new("e2", "Heist", "the heists bored me", stance="dislike", category="genre"),
    )

    made = await extracted(
        answer, events=(an_event(1, LOVED), an_event(2, "This time the heists bored me"))
    )
    snapshot = Snapshot(belief=Belief(), vectors={}, pending=(), last_seq=2, head_seq=2)
    bearings = (await matched(snapshot, made, embed=embed)).bearings

    assert {(b.finding.category, b.finding.topic) for b in bearings} == {("trope", "heists")}
    assert [b.finding.weight for b in bearings] == [0.5, -0.5]


async def test_an_event_gives_at_most_six_findings_and_the_clearest_of_them() -> None:
    topics = ["heists", "spies", "puns", "dragons", "robots", "ghosts", "pirates", "wizards"]
    text = " ".join(topics)
    answer = proposals(
        *(new("e1", topic, topic, clarity="faint") for topic in topics[:4]),
        *(new("e1", topic, topic, clarity="emphatic") for topic in topics[4:]),
    )

    made = await extracted(answer, events=(an_event(1, text),))

    assert weights(made) == {
        "robots": 0.8, "ghosts": 0.8, "pirates": 0.8, "wizards": 0.8, "heists": 0.2, "spies": 0.2
    }  # fmt: skip
    assert "more than 6 for one event" in notes(made)


async def test_what_an_event_says_twice_takes_one_place() -> None:
    again = [new("e1", "heists", "I loved the heists") for _ in range(9)]
    answer = proposals(*again, new("e1", "graphic violence", "graphic violence", stance="dislike"))

    made = await extracted(answer, events=(an_event(1, LOVED),))

    assert weights(made) == {"heists": 0.5, "graphic violence": -0.5}


async def test_an_items_labels_count_as_shares_of_the_attitude_and_only_its_way() -> None:
    liked = an_event(1, action=Action.LIKE, item=HEIST)  # attitude 0.8
    disliked = an_event(2, action=Action.DISLIKE, item=HEIST)  # -0.8
    answer = proposals(
        new("e1", "capers", "Capers", clarity="emphatic"),
        new("e2", "gold", "Gold", clarity="emphatic", stance="dislike"),
        new("e2", "trains", "Trains", clarity="emphatic", stance="like"),
        new("e1", "spies", "Spies", clarity="emphatic", stance="dislike"),
    )
    belief = a_belief(a_chunk(1, "capers"), a_chunk(2, "gold"))

    made = await extracted(answer, events=(liked, disliked), belief=belief)

    assert weights(made) == {"capers": 0.4, "gold": -0.2}
    assert notes(made).count("too faint to count") == 2


async def test_a_description_that_commands_founds_no_belief() -> None:
    answer = proposals(
        new("e1", "casinos", "The reader loves casinos", clarity="emphatic"),
        new("e1", "capers", "Capers"),
    )

    made = await extracted(answer, events=(an_event(1, rating=5.0, item=HEIST),))

    assert weights(made) == {"capers": 0.5}
    assert "an item's words alone say too little" in notes(made)


async def test_a_description_moves_a_known_belief_by_half_of_what_a_label_does() -> None:
    belief = a_belief(a_chunk(1, "casinos"), a_chunk(2, "capers"))
    answer = proposals(
        about("e1", "c1", "loves casinos and everything", clarity="emphatic"),
        about("e1", "c2", "Capers", clarity="emphatic"),
    )

    made = await extracted(answer, events=(an_event(1, rating=5.0, item=HEIST),), belief=belief)

    assert weights(made) == {"casinos": 0.25, "capers": 0.5}


async def test_an_item_gives_at_most_four_findings_by_its_own_words() -> None:
    answer = proposals(
        *(new("e1", label.lower(), label) for label in HEIST.categories),
        new("e1", "heists", "loved the heists"),
    )

    made = await extracted(answer, events=(an_event(1, LOVED, rating=5.0, item=HEIST),))

    assert len(made.findings) == 5
    assert "heists" in weights(made)


async def test_what_the_writer_says_of_themselves_is_no_topic() -> None:
    answer = proposals(
        new("e1", "nurses", "As a nurse I loved the heists"),
        new("e1", "heists", "As a nurse I loved the heists"),
    )

    made = await extracted(answer, events=(an_event(1, "As a nurse I loved the heists."),))

    assert weights(made) == {"heists": 0.5}


async def test_an_answer_with_nothing_to_use_is_asked_for_once_more() -> None:
    bad = proposals(new("e9", "heists", "nowhere"))
    model = Scripted([bad, proposals(new("e1", "heists", "the heists"))])

    made = await an_extractor(model)(Belief(), [an_event(1, LOVED)])

    assert weights(made) == {"heists": 0.5}
    assert made.told is not None
    assert (made.told.calls, made.told.fallback) == (2, None)


async def test_an_empty_answer_is_taken_as_nothing_to_learn_where_nothing_was_said() -> None:
    model = Scripted([proposals()])

    made = await an_extractor(model)(Belief(), [an_event(1, "I finished it on a train.")])

    assert made.findings == ()
    assert made.told is not None
    assert (model.read, made.told.fallback) == (1, None)


async def test_without_an_answer_the_built_in_extractor_reads_and_it_is_told_why() -> None:
    made = await extracted(None, events=(an_event(1, "heists 0.9"),))

    assert weights(made) == {"heists": 0.9}
    assert made.told is not None
    assert (made.told.fallback, made.told.failed) == ("the model is away", 1)


async def test_many_events_are_asked_about_in_batches_and_only_the_unanswered_fall_back() -> None:
    events = tuple(an_event(n, f"topic{n} 0.9") for n in range(1, 26))
    model = Scripted([proposals(new("e1", "topic1", "topic1 0.9")), None])

    made = await an_extractor(model)(Belief(), events)

    assert len(model.asked) == 2
    assert weights(made) == {"topic1": 0.5} | {f"topic{n}": 0.9 for n in range(21, 26)}
    assert made.told is not None
    assert (made.told.calls, made.told.price) == (2, 0.5)


async def test_of_many_chunks_those_near_what_was_written_are_shown_too() -> None:
    chunks = [a_chunk(n, f"subject {n}") for n in range(1, 60)]
    event = replace(an_event(1, "subject 47", item=HEIST), item_vector=vector_of("subject 12"))
    model = Scripted([proposals(about("e1", "c47", "subject 47"))])

    made = await an_extractor(model)(a_belief(*chunks), [event])

    assert weights(made) == {"subject 47": 0.5}
    assert '"c12"' in model.asked[0].data
    assert model.asked[0].data.count('"strength"') == 30


async def test_a_late_event_counts_for_a_chunk_once() -> None:
    belief = a_belief(a_chunk(1, "heists"), watermark=5)
    event = an_event(2, LOVED)
    made = await extracted(
        proposals(
            about("e2", "c1", "I loved the heists"),
            about("e2", "c1", "I loved the heists", kind="contradicts"),
            new("e2", "graphic violence", "graphic violence", stance="dislike"),
        ),
        events=(event,),
        belief=belief,
    )
    snapshot = Snapshot(
        belief=belief,
        vectors=vectors_for(belief),
        pending=(),
        last_seq=5,
        head_seq=5,
        late=(event,),
        late_seqs=(2,),
        counted=frozenset({(1, 2)}),
    )

    reading = await matched(snapshot, made, embed=embed)

    assert [(b.chunk_id, b.finding.topic) for b in reading.bearings] == [(None, "graphic violence")]
