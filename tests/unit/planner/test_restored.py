"""A run that is interrupted anywhere and gone on with makes what an undisturbed one makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from numpy.typing import NDArray

from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.looked import Looked
from credence.memory.model import Belief, Finding, Operation, Person, Sentence, Status
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context, Roles
from credence.planner.extraction.extractor import Extractor
from credence.planner.graph import build_graph
from credence.planner.llm.answers import (
    ExtractorAnswer,
    PlannerAnswer,
    ProfileSentence,
    Step,
    SynthesizerAnswer,
    Verdict,
)
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.policy import LlmPolicy
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.run import Graph, run_planner
from credence.planner.state import Mark, Plan
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from credence.planner.told import Told
from tests.fakes import NOW, MemoryInMind, SaidOutright, a_context, says, vector_of
from tests.fakes import embed as embed_apart
from tests.unit.planner.llm.world import (
    ERRAND,
    RULES,
    Scripted,
    a_chunk,
    about,
    near_to,
    new,
)

ADA = Person("default", "ada")
CHECKPOINTS = 14  # of an undisturbed run: two at its start, and one after each of twelve nodes
KEPT = (Person, Operation, Finding, Sentence, Mark, Plan, Told, PlannerRun)
ABOVE_ALL = "This person likes heists above all, as many reactions say."
EXTRACTED = ExtractorAnswer(
    proposals=[
        new("e5", "spies", "spies 0.9", clarity="emphatic"),
        new("e6", "rackets", "rackets -0.8", stance="dislike"),
        about("e7", "c1", "heists 0.5"),
        about("e8", "c2", "puns -0.6", kind="contradicts"),
    ]
)
FIRST_PLAN = PlannerAnswer(
    steps=[
        Step(operation=name, targets=[], reason="due")
        for name in ("extraction", "consolidation", "resynthesis")
    ],
    contradictions=[],
    reason="much was said",
)
SECOND_PLAN = PlannerAnswer(
    steps=[],
    contradictions=[
        Verdict(chunks=["c1", "c3"], verdict="refuted", refuted="c3", reason="one bad day")
    ],
    reason="one verdict",
)
FIRST_PROFILE = SynthesizerAnswer(
    sentences=[
        ProfileSentence(text=ABOVE_ALL, rests_on=["c1"]),
        ProfileSentence(text="They dislike rackets.", rests_on=["c3"]),
    ]
)
SECOND_PROFILE = SynthesizerAnswer(
    sentences=[
        ProfileSentence(text=ABOVE_ALL, rests_on=["c1"]),
        ProfileSentence(text="They also like spies.", rests_on=["c4"]),
    ]
)


class Killed(Exception):
    """What ends a process, as far as a test can."""


async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts far from each other, but that rackets are near to heists."""
    rows = await embed_apart(texts)
    for row, text in enumerate(texts):
        if text == "rackets":
            rows[row] = near_to(vector_of("heists"), cosine=0.8, other="rackets")
    return rows


class Checkpoints(InMemorySaver):
    """A checkpointer of a process that is killed once it has written so many."""

    def __init__(self, *, killed_after: int | None = None) -> None:
        names = [(kept.__module__, kept.__qualname__) for kept in KEPT]
        super().__init__(serde=JsonPlusSerializer(allowed_msgpack_modules=names))
        self.left = killed_after
        self.written = 0

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        kept = await super().aput(config, checkpoint, metadata, new_versions)
        self.written += 1
        if self.left is not None and self.written == self.left:
            raise Killed
        return kept


@dataclass
class Models:
    """The models of a run's roles: they outlive the processes that ask them."""

    planner: Scripted = field(default_factory=lambda: Scripted([FIRST_PLAN, SECOND_PLAN]))
    extractor: Scripted = field(default_factory=lambda: Scripted([EXTRACTED]))
    synthesizer: Scripted = field(default_factory=lambda: Scripted([FIRST_PROFILE, SECOND_PROFILE]))

    @property
    def asked(self) -> tuple[int, int, int]:
        return len(self.planner.asked), len(self.extractor.asked), len(self.synthesizer.asked)

    def roles(self, person: Person, run_id: str) -> Roles:
        async def no_runs(most: int) -> Sequence[PlannerRun]:
            return ()

        reader: Extractor = SaidOutright()
        return Roles(
            policy=LlmPolicy(
                model=self.planner,
                errand=ERRAND,
                built_in=AdaptivePolicy(),
                rules=RULES,
                runs=no_runs,
            ),
            extractor=LlmExtractor(
                model=self.extractor,
                errand=ERRAND,
                built_in=reader,
                embed=embed,
                rules=RULES,
                now=NOW,
            ),
            synthesizer=LlmSynthesizer(
                model=self.synthesizer,
                errand=ERRAND,
                built_in=BuiltInSynthesizer(RULES.half_life),
                rules=RULES,
            ),
        )


def a_store() -> MemoryInMind:
    chunks = (a_chunk(1, "heists", liking=4), a_chunk(2, "puns", liking=2))
    return MemoryInMind(
        belief=Belief(revision=0, watermark=4, chunks=chunks),
        events=[
            says(5, "spies 0.9"),
            says(6, "rackets -0.8"),
            says(7, "heists 0.5"),
            says(8, "puns -0.6"),
        ],
        vectors={1: vector_of("heists"), 2: vector_of("puns")},
    )


def a_process(store: MemoryInMind, models: Models, *, days_later: float = 0) -> Context:
    now = NOW + timedelta(days=days_later)
    context = a_context(store)
    return replace(context, roles=models.roles, embed_phrases=embed, clock=lambda: now)


async def go(graph: Graph, context: Context, *, run_id: str = "run") -> PlannerRun:
    return await run_planner(
        ADA,
        run_id=run_id,
        lease="own",
        forced=False,
        graph=graph,
        context=context,
        thread="ada",
    )


async def undisturbed() -> tuple[MemoryInMind, Models, PlannerRun, Checkpoints]:
    store, models, saver = a_store(), Models(), Checkpoints()
    made = await go(build_graph(saver), a_process(store, models))
    return store, models, made, saver


async def killed(after: int, store: MemoryInMind, models: Models) -> Checkpoints:
    """The checkpoints of a run that was killed once so many were written."""
    saver = Checkpoints(killed_after=after)
    with pytest.raises(Killed):
        await go(build_graph(saver), a_process(store, models))
    saver.left = None
    return saver


async def test_the_undisturbed_run_goes_through_every_kind_of_node() -> None:
    store, models, made, saver = await undisturbed()

    assert made.operations == (
        "extraction", "reinforcement", "weakening", "consolidation", "resynthesis", "forgetting",
    )  # fmt: skip
    assert saver.written == CHECKPOINTS
    assert models.asked == (2, 1, 2)
    assert [c.text for c in store.belief.active] == ["heists", "puns", "spies"]
    assert store.belief.chunks[2].status is Status.FORGOTTEN
    assert store.belief.profile is not None
    assert store.belief.profile.narrative == f"{ABOVE_ALL} They also like spies."


@pytest.mark.parametrize("after", range(1, CHECKPOINTS))
async def test_a_run_killed_after_any_node_goes_on_there_and_asks_no_model_twice(
    after: int,
) -> None:
    expected, _, run, _ = await undisturbed()
    store, models = a_store(), Models()
    saver = await killed(after, store, models)

    begun = after > 2  # what was not has neither a time nor a name of its own yet
    process = a_process(store, models, days_later=2 if begun else 0)
    made = await go(build_graph(saver), process, run_id="another" if begun else "run")

    committed = process.clock()  # however long ago it was begun
    assert store.belief == expected.belief
    assert store.revisions == [replace(one, at=committed) for one in expected.revisions]
    assert made == run
    assert models.asked == (2, 1, 2)
    assert store.vectors.keys() == expected.vectors.keys()


async def test_a_run_killed_again_and_again_comes_to_the_same_end() -> None:
    expected, _, run, _ = await undisturbed()
    store, models = a_store(), Models()
    saver = Checkpoints(killed_after=1)
    made: PlannerRun | None = None
    deaths = 0
    while made is None:
        try:
            made = await go(build_graph(saver), a_process(store, models))
        except Killed:
            deaths += 1
            saver.left = saver.written + 1 if deaths < CHECKPOINTS - 1 else None

    assert deaths == CHECKPOINTS - 1
    assert (store.belief, made) == (expected.belief, run)
    assert models.asked == (2, 1, 2)


async def test_events_that_came_after_the_start_wait_for_the_next_run() -> None:
    expected, _, run, _ = await undisturbed()
    store, models = a_store(), Models()
    saver = await killed(5, store, models)
    store.events.append(says(9, "dragons 0.9"))

    made = await go(build_graph(saver), a_process(store, models))

    assert (store.belief, made.signals) == (expected.belief, run.signals)
    assert store.belief.watermark == 8


@pytest.mark.parametrize("after", [3, 5, 9, 12])
async def test_a_belief_that_moved_on_meanwhile_is_built_on_by_a_run_begun_anew(
    after: int,
) -> None:
    store, models = a_store(), Models()
    saver = await killed(after, store, models)
    store.belief = replace(store.belief, revision=1)

    anew = Models()
    made = await go(build_graph(saver), a_process(store, anew), run_id="another")

    assert (made.run_id, made.base_revision, made.revision) == ("another", 1, 2)
    assert [revision.number for revision in store.revisions] == [2]
    assert store.runs == [made]
    assert anew.asked == (2, 1, 2)  # what was answered before was about another belief


async def test_a_person_erased_and_come_back_meanwhile_is_somebody_else() -> None:
    store, models = a_store(), Models()
    saver = await killed(5, store, models)
    later = NOW + timedelta(hours=1)
    store.events = [replace(event, recorded_at=later) for event in store.events]

    anew = Models()
    made = await go(build_graph(saver), a_process(store, anew), run_id="another")

    assert made.run_id == "another"
    assert anew.asked == (2, 1, 2)


async def test_a_person_erased_whose_events_are_gone_gets_nothing_of_what_was_said() -> None:
    store, models = a_store(), Models()
    saver = await killed(5, store, models)
    store.events = []
    before = store.belief

    made = await go(build_graph(saver), a_process(store, Models()), run_id="another")

    assert (made.run_id, made.events_consumed) == ("another", 0)
    assert [c.text for c in store.belief.active] == [c.text for c in before.active]


async def test_a_commit_that_failed_is_tried_again_without_asking() -> None:
    class Failing(MemoryInMind):
        async def commit(
            self,
            person: Person,
            revision: Revision,
            vectors: Any,
            run: PlannerRun | None,
            *,
            lease: str,
            looked: Looked | None,
            glance: Glance,
        ) -> None:
            raise Killed

    expected, _, _, _ = await undisturbed()
    store, models, saver = a_store(), Models(), Checkpoints()
    broken = Failing(belief=store.belief, events=store.events, vectors=store.vectors)
    with pytest.raises(Killed):
        await go(build_graph(saver), a_process(broken, models))

    await go(build_graph(saver), a_process(store, models))

    assert store.belief == expected.belief
    assert models.asked == (2, 1, 2)


async def test_checkpoints_hold_no_words_of_events_that_nothing_rests_on() -> None:
    store, models = a_store(), Models()
    store.events[3] = says(8, "puns -0.6; unspeakable 0.05")

    saver = await killed(9, store, models)

    assert b"unspeakable" not in repr(saver.storage).encode()
    assert b"unspeakable" not in repr(saver.blobs).encode()


async def test_a_run_without_models_is_restored_by_reading_again() -> None:
    async def go_on(saver: Checkpoints, store: MemoryInMind) -> PlannerRun:
        return await go(build_graph(saver), replace(a_context(store), embed_phrases=embed))

    expected = a_store()
    whole = Checkpoints()
    run = await go_on(whole, expected)
    for after in range(1, whole.written):
        store = a_store()
        saver = Checkpoints(killed_after=after)
        with pytest.raises(Killed):
            await go_on(saver, store)
        saver.left = None

        made = await go_on(saver, store)

        assert (store.belief, made) == (expected.belief, run)
