"""What a plan may choose in a situation: found by us, so that a model can only pick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from credence.memory.lifecycle.draft import Rules
from credence.memory.lifecycle.forgetting import reason_to_forget
from credence.memory.model import Belief, Operation, Vector
from credence.planner.carried_out import vectors_of
from credence.planner.matching import Related, related
from credence.planner.state import Situation

_ALIKE = 0.7  # cosine from which two chunks are put before the model as one topic
_PAIRS = 12  # that a model is asked about, of each kind
_FORGETTABLE = 60  # the same
_FIRST_PROFILE = 3  # chunks that make a profile worth writing
_MANY = 10  # events that no plan leaves waiting, as with the built-in policy
_OLD_PROFILE = 9  # events after which it is worth rewriting


_Key: TypeAlias = tuple[frozenset[int], bool]  # of a pair, whichever is to stay: do they agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Candidates for each kind of upkeep, and whether there are events to read."""

    belief: Belief  # as the run has made it so far
    events: frozenset[int]  # numbers of those that can be read
    merges: tuple[Related, ...]
    contradictions: tuple[Related, ...]
    unasked: tuple[Related, ...]  # contradictions beyond those, which are settled by rule
    forgettable: Mapping[int, str]  # why each may go
    profile_due: bool
    must_read: bool = False  # no plan may leave the events: they are many, or somebody asked

    @property
    def any(self) -> bool:
        """Whether there is anything to decide."""
        upkeep = self.merges or self.contradictions or self.forgettable
        return bool(self.events or upkeep or self.profile_due)


def options_of(situation: Situation, *, rules: Rules) -> Options:
    """The options of a look; on a further one only those that this run brought about, and the
    contradictions that it meant to end and that stand nevertheless."""
    snapshot, draft = situation.snapshot, situation.draft
    before = _upkeep(situation, snapshot.belief, snapshot.vectors, rules)
    if draft is None:
        events = (*snapshot.late, *snapshot.pending)
        return replace(
            before,
            events=frozenset(witnessed.event.seq for witnessed in events),
            must_read=bool(events) and (situation.signals.forced or len(events) >= _MANY),
            profile_due=_is_due(situation, rules),
        )
    vectors = vectors_of(draft, snapshot, situation.reading)
    now = _upkeep(situation, draft.belief, vectors, rules)
    pairs = before.merges + before.contradictions + before.unasked
    known = {_key(pair) for pair in pairs}
    known -= {(frozenset(pair), False) for pair in situation.refutes}
    first = draft.belief.profile is None and len(draft.belief.active) >= _FIRST_PROFILE
    return replace(
        now,
        merges=_new(now.merges, known),
        contradictions=_new(now.contradictions, known),
        unasked=_new(now.unasked, known),
        forgettable={k: v for k, v in now.forgettable.items() if k not in before.forgettable},
        profile_due=first and Operation.RESYNTHESIS not in situation.done,
    )


def _upkeep(
    situation: Situation, belief: Belief, vectors: Mapping[int, Vector], rules: Rules
) -> Options:
    pairs = related(belief, vectors, least=_ALIKE)
    reasons = {
        chunk.chunk_id: reason_to_forget(chunk, now=situation.now, rules=rules)
        for chunk in belief.active
    }
    due = [(key, why) for key, why in reasons.items() if why is not None]
    opposed = tuple(pair for pair in pairs if not pair.agree)
    fixed = {chunk.chunk_id for chunk in belief.active if chunk.pinned or chunk.edited}
    return Options(
        belief=belief,
        events=frozenset(),
        merges=tuple(p for p in pairs if p.agree and not {p.keep, p.drop} <= fixed)[:_PAIRS],
        contradictions=opposed[:_PAIRS],
        unasked=opposed[_PAIRS:],
        forgettable=dict(due[:_FORGETTABLE]),
        profile_due=False,
    )


def _is_due(situation: Situation, rules: Rules) -> bool:
    signals, belief = situation.signals, situation.snapshot.belief
    if belief.profile is None:
        return len(belief.active) >= _FIRST_PROFILE
    fading = situation.now - belief.profile.written_at > rules.half_life / 2
    asked = signals.forced or fading
    return (
        bool(signals.unsupported)
        or signals.since_profile >= _OLD_PROFILE
        or bool(asked and belief.active)
    )


def _new(pairs: tuple[Related, ...], known: set[_Key]) -> tuple[Related, ...]:
    return tuple(pair for pair in pairs if _key(pair) not in known)


def _key(pair: Related) -> _Key:
    return frozenset({pair.keep, pair.drop}), pair.agree
