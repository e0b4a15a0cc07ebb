"""The built-in policy: does what the signals call for, and waits while they say little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Operation
from credence.planner.state import Plan, Signals, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptivePolicy:
    """Chooses operations by signals; arXiv 2605.14401 gives this seat to an LLM, rules are ours."""

    name: str = "adaptive-1"
    looks: int = 1
    faint: float = 0.3  # information under which events may wait
    patience: int = 10  # pending events that are not left waiting however faint
    rewrite_after: int = 9  # events after which the profile is rewritten
    first_profile: int = 3  # chunks that make a profile worth writing
    turning: int = 2  # contradicting findings at once that make the profile suspect
    half_life: timedelta = Rules().half_life  # half of it after it was written a profile is old

    async def __call__(self, situation: Situation) -> Plan:
        signals, waiting = situation.signals, ""
        if self._may_wait(signals):
            waiting = (
                f"{_events(signals.pending)} pending say little "
                f"(information {signals.information:.2f} of {self.faint}): waiting for more"
            )
            signals = _unread(signals)
        old = self._old(situation.snapshot.belief, situation.now)
        chosen = self._chosen(signals, old=old)
        reasons = [*chosen.values(), *([waiting] if waiting else [])]
        return Plan(
            operations=tuple(chosen),
            reason="; ".join(reasons) or "nothing is pending and nothing needs upkeep",
        )

    def _may_wait(self, signals: Signals) -> bool:
        faint = signals.information < self.faint and 0 < signals.pending < self.patience
        return faint and not signals.forced

    def _old(self, belief: Belief, now: datetime) -> timedelta | None:
        """How old the profile is, if what it says may have faded since."""
        if belief.profile is None or not belief.active:
            return None
        age = now - belief.profile.written_at
        return age if age > self.half_life / 2 else None

    def _chosen(self, signals: Signals, *, old: timedelta | None) -> dict[Operation, str]:
        chosen = {}
        if signals.novel:
            chosen[Operation.EXTRACTION] = f"{_many(signals.novel, 'topic')} no chunk covers"
        elif signals.pending and not (signals.agreeing or signals.contradicting):
            # Read by some operation, events are consumed and not looked at again for ever.
            chosen[Operation.EXTRACTION] = "nothing to learn from what is pending"
        if signals.agreeing:
            chosen[Operation.REINFORCEMENT] = f"{_many(signals.agreeing, 'finding')} agree"
        if signals.contradicting:
            chosen[Operation.WEAKENING] = f"{_many(signals.contradicting, 'finding')} contradict"
        if signals.redundant or signals.novel:
            chosen[Operation.CONSOLIDATION] = (
                f"{_many(signals.redundant, 'pair')} of chunks say the same"
                if signals.redundant
                else "new chunks may say what old ones say"
            )
        if signals.forgettable or signals.contradicting:
            chosen[Operation.FORGETTING] = (
                f"{_many(signals.forgettable, 'chunk')} decayed or refuted"
                if signals.forgettable
                else "what was contradicted may be refuted now"
            )
        if why := self._why_rewrite(signals, old):
            chosen[Operation.RESYNTHESIS] = why
        return chosen

    def _why_rewrite(self, signals: Signals, old: timedelta | None) -> str | None:
        """Why the profile is due; None if it is not."""
        if not signals.has_profile:
            enough = signals.active + signals.novel >= self.first_profile
            return "there is enough for a first profile" if enough else None
        why = None
        if signals.unsupported:
            why = f"{_many(signals.unsupported, 'sentence')} of the profile lost support"
        elif signals.contradicting >= self.turning:
            why = "the profile may no longer be true"
        elif signals.since_profile >= (1 if signals.forced else self.rewrite_after):
            why = f"the profile is {_events(signals.since_profile)} old"
        elif old is not None:
            why = f"the profile is {_many(old.days, 'day')} old, and what it says fades"
        elif signals.forced and signals.active:
            why = "what the profile says is weighed again, as somebody asked"
        return why


def _unread(signals: Signals) -> Signals:
    """What is left to decide by where pending events are not read: upkeep alone."""
    return replace(
        signals,
        pending=0,
        information=0.0,
        novel=0,
        agreeing=0,
        contradicting=0,
        since_profile=signals.since_profile - signals.pending,
        late=0,
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _events(count: int) -> str:
    return _many(count, "event")
