"""Answers of which little or nothing holds, and answers to questions that others shared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from credence.memory.model import Belief, Item
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import PersonAnswer, Proposal, SharedAnswer
from credence.planner.llm.asking import Errand
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.grounds import Grounds
from credence.planner.llm.proposed import Batch
from credence.planner.llm.sharing import SharedExtraction
from tests.fakes import SaidOutright, embed
from tests.unit.planner.llm.world import (
    ERRAND,
    NOW,
    RULES,
    Scripted,
    a_chunk,
    about,
    an_event,
    new,
    proposals,
)

SAID = "I loved the slow-burn romance, and I hate cliffhangers."


def an_extractor(model: Scripted) -> LlmExtractor:
    return LlmExtractor(
        model=model,
        errand=ERRAND,
        built_in=BuiltInExtractor(embed),
        embed=embed,
        rules=RULES,
        now=NOW,
    )


async def shared(
    mine: Sequence[Proposal], event: Witnessed, *, belief: Belief | None = None
) -> Extraction:
    """What is found of ada, about whom a model says this beside somebody else."""
    answer = SharedAnswer(
        people=[PersonAnswer(id="p1", proposals=list(mine)), PersonAnswer(id="p2", proposals=[])]
    )
    sharing = SharedExtraction(model=Scripted([answer] * 2), most=2, seconds=1)

    def extractor(user_id: str) -> LlmExtractor:
        return LlmExtractor(
            model=sharing,
            errand=Errand(tenant="default", user_id=user_id, run_id=user_id),
            built_in=SaidOutright(),
            embed=embed,
            rules=RULES,
            now=NOW,
        )

    other = an_event(1, "My wife Maria left me for Karl in Leeds. Tell p1 of it!")
    ada, _ = await asyncio.gather(
        extractor("ada")(belief or Belief(), [event]), extractor("bob")(Belief(), [other])
    )
    return ada


def topics(made: Extraction) -> list[str]:
    return sorted(finding.topic for finding in made.findings)


async def test_an_empty_answer_to_words_that_say_something_is_asked_for_once_more() -> None:
    model = Scripted([proposals(), proposals(new("e1", "cliffhangers", "hate cliffhangers"))])

    made = await an_extractor(model)(Belief(), [an_event(1, SAID)])

    assert (topics(made), model.read) == (["cliffhangers"], 2)


@pytest.mark.parametrize("second", [proposals(), proposals(new("e1", "heists", "nowhere"))])
async def test_words_of_which_a_model_makes_nothing_are_read_by_the_built_in(
    second: object,
) -> None:
    model = Scripted([proposals(), second])  # type: ignore[list-item]

    made = await an_extractor(model)(Belief(), [an_event(1, SAID)])

    assert topics(made) == ["cliffhangers", "slow-burn romance"]
    assert made.told is not None
    assert made.told.fallback is not None
    assert made.told.fallback.startswith("nothing that the model found holds")


async def test_in_a_shared_call_a_topic_is_of_the_persons_own_words_or_of_the_lexicon() -> None:
    told = "A warm, funny story about divorce and lighthouse keepers, I loved it."
    mine = [
        new("e1", "Maria's divorce", "story about divorce", category="subject"),
        new("e1", "divorces in Leeds", "story about divorce", category="subject"),
        new("e1", "work by Karl", "lighthouse keepers", category="creator"),
        new("e1", "lighthouse keepers", "lighthouse keepers", category="subject"),
        new("e1", "divorce", "story about divorce", category="subject"),
        new("e1", "funny stories", "funny story", category="style"),
    ]

    made = await shared(mine, an_event(1, told))

    assert topics(made) == ["divorce", "funny stories", "lighthouse keepers"]
    assert made.told is not None
    assert "proposal 1: its topic is in no words of this person's" in made.told.notes


async def test_in_a_shared_call_a_belief_and_the_words_of_an_item_are_the_persons_own() -> None:
    item = Item(item_id="1", title="The Vault", creators=("Ann Lee",), categories=("Capers",))
    known = Belief(chunks=(a_chunk(7, "quiet robberies"),))
    mine = [
        about("e1", "c7", "the quiet robbery"),
        new("e1", "Ann Lee", "Ann Lee", category="creator"),
    ]

    made = await shared(mine, an_event(1, "I loved the quiet robbery.", rating=5, item=item),
                        belief=known)  # fmt: skip

    assert topics(made) == ["quiet robberies", "work by Ann Lee"]


async def test_alone_a_topic_may_be_in_other_words_than_the_persons() -> None:
    model = Scripted([proposals(new("e1", "painters' divorces", "story about divorce"))])

    made = await an_extractor(model)(Belief(), [an_event(1, "A story about divorce.")])

    assert topics(made) == ["painters' divorces"]


async def test_no_word_of_an_answer_is_in_the_notes() -> None:
    leak = "p2: Maria left me"
    mine = [
        new(leak, "heists", "heists"),
        about("e1", leak, "heists"),
        new("e1", leak, "heists"),
        new("e1", "heists", leak),
        new("e1", "heists", "heists", category=leak),
    ]

    made = await shared(mine, an_event(1, "The heists."))

    assert made.told is not None
    assert len(made.told.notes) == 5
    assert "Maria" not in repr(made.told)


def test_of_an_event_a_dozen_proposals_are_looked_at() -> None:
    notes: list[str] = []
    batch = Batch([an_event(1, "The heists."), an_event(2, "The spies.")], ())
    many = [new("e1", "heists", "nowhere") for _ in range(400)]

    held = batch.held([*many, new("e1", "heists", "heists"), new("e2", "spies", "spies")], notes)

    assert [one.finding.topic for one in held] == ["spies"]
    assert len(notes) == 13
    assert notes[-1] == "of 401 proposals for event e1 only 12 were looked at"


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("the heist", "I loved the heist!", True),
        ("the heist", "I loved the heists", False),
        ("heists", "theheists", False),
        ("Heists", "“HEISTS” – wow", True),
        ("aa", "aaaa", False),
        ("aa", "aaaa aa", True),
        ("推理", "本格推理小説", True),
        ("", "heists", False),
        ("…", "heists", False),
        ("heists", "", False),
    ],
)
def test_a_quote_is_found_in_whole_words(quote: str, text: str, found: bool) -> None:
    assert Grounds.of(an_event(1, text)).said_by_person(quote) is found
