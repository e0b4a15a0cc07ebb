"""What checkpoints leave out of a run, found again after a restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from credence.memory.errors import StaleBelief
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.model import Sentence
from credence.planner.carried_out import carried_out
from credence.planner.context import Context
from credence.planner.extraction.said import Extraction
from credence.planner.joined import joined
from credence.planner.reading import matched, read
from credence.planner.signals import signals_of
from credence.planner.state import Mark, Plan, Reading, Situation, Snapshot, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands: what it looked at, how it read that, and what it has made of it."""

    situation: Situation
    reading: Reading
    draft: Draft

    @property
    def parts(self) -> Mapping[str, Any]:
        """As channels of the state."""
        return {"situation": self.situation, "reading": self.reading, "draft": self.draft}


async def restored(state: State, context: Context) -> Standing:
    """Where the run stands, be it by the state itself or, after a restart, made anew.

    All that led there is pure but what the state keeps: the models' answers. Raises StaleBelief
    if the belief has moved on since, or the events are no longer the same.
    """
    if "situation" in state:
        situation = state["situation"]
        reading = state.get("reading", situation.reading)
        draft = state.get("draft", opened(situation.snapshot, reads=False))
        return Standing(situation=situation, reading=reading, draft=draft)
    situation = await observed(state, context)
    plans = state.get("plans", ())
    reads = bool(plans) and plans[0].reads  # `interpret` has run once, after the first plan
    reading = situation.reading
    if reads and state.get("found") is not None:
        extraction = Extraction(findings=state["found"] or (), said={})
        reading = await matched(situation.snapshot, extraction, embed=context.embed_phrases)
    draft = opened(situation.snapshot, reads=reads and bool(state.get("done") or "found" in state))
    written = iter([_as_written(sentences) for sentences in state.get("written", ())])
    for index, operation in state.get("done", ()):
        draft = await joined(
            draft,
            partial(
                carried_out,
                operation,
                plan=plans[index],
                situation=situation,
                reading=reading,
                rules=context.rules,
                sentences=next(written) if operation.value == "resynthesis" else (),
            ),
            shared=partial(context.store.shared_evidence, state["person"], also=draft.late),
        )
    if state.get("mended"):
        draft = resynthesise(draft, next(written), now=situation.now)
    return Standing(situation=situation, reading=reading, draft=draft)


def _as_written(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Sentences as they were: a checkpoint gives back lists for tuples."""
    return tuple(replace(one, chunk_ids=tuple(one.chunk_ids)) for one in sentences)


async def observed(state: State, context: Context) -> Situation:
    """The situation of a run; that of an earlier start where the state has its mark."""
    mark = state.get("mark")
    snapshot = await context.store.observe(state["person"])
    now = context.clock()
    if mark is not None:
        snapshot, now = _as_marked(snapshot, mark), mark.started_at
    reading = await read(snapshot, extractor=context.reader, embed=context.embed_phrases)
    signals = signals_of(snapshot, reading, now=now, rules=context.rules, forced=state["forced"])
    return Situation(snapshot=snapshot, reading=reading, signals=signals, now=now)


def mark_of(situation: Situation) -> Mark:
    """What a later start finds this situation by."""
    snapshot = situation.snapshot
    pending = snapshot.pending
    return Mark(
        started_at=situation.now,
        base=snapshot.belief.revision,
        last_seq=snapshot.last_seq,
        head_seq=snapshot.head_seq,
        late_seqs=snapshot.late_seqs,
        first_recorded_at=pending[0].event.recorded_at if pending else None,
        without_item=tuple(
            w.event.seq for w in pending if w.item is None and w.event.item_id is not None
        ),
    )


def opened(snapshot: Snapshot, *, reads: bool) -> Draft:
    """A draft with nothing done yet. Events are consumed only by a plan that reads them."""
    if not reads:
        return Draft.of(snapshot.belief)
    return Draft.of(
        snapshot.belief,
        consumed_to=snapshot.last_seq,
        late=(witnessed.event.seq for witnessed in snapshot.late),
        counted_before=snapshot.counted,
    )


def _as_marked(snapshot: Snapshot, mark: Mark) -> Snapshot:
    """The snapshot without what came after the mark, be it an event or the item of one: what was
    read without its item is noted as such, and read once more."""
    if snapshot.belief.revision != mark.base:
        raise StaleBelief(mark.base, snapshot.belief.revision)
    pending = tuple(w for w in snapshot.pending if w.event.seq <= mark.last_seq)
    first = pending[0].event.recorded_at if pending else None
    if first != mark.first_recorded_at:
        raise StaleBelief(mark.base, snapshot.belief.revision)
    late, without_item = set(mark.late_seqs), set(mark.without_item)
    return replace(
        snapshot,
        pending=tuple(
            replace(w, item=None, item_vector=None) if w.event.seq in without_item else w
            for w in pending
        ),
        last_seq=mark.last_seq,
        head_seq=mark.head_seq,
        late=tuple(w for w in snapshot.late if w.event.seq in late),
        late_seqs=mark.late_seqs,
    )


def latest(state: State) -> Plan:
    """The plan in hand."""
    return state["plans"][-1]
