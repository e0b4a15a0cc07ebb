"""The built-in policy: does what the signals call for, and waits while they say little."""

from __future__ import annotations

from dataclasses import dataclass

from credence.memory.model import Operation
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

    async def __call__(self, situation: Situation) -> Plan:
        signals = situation.signals
        upkeep = signals.redundant or signals.forgettable or signals.unsupported
        if not signals.pending and not upkeep and not self._profile_due(signals):
            return Plan(operations=(), reason="nothing is pending and nothing needs upkeep")
        if self._may_wait(signals) and not upkeep:
            return Plan(
                operations=(),
                reason=f"{_events(signals.pending)} pending say little "
                f"(information {signals.information:.2f} of {self.faint}): waiting for more",
            )
        chosen = self._chosen(signals)
        return Plan(operations=tuple(chosen), reason="; ".join(chosen.values()))

    def _may_wait(self, signals: Signals) -> bool:
        faint = signals.information < self.faint and 0 < signals.pending < self.patience
        return faint and not signals.forced

    def _chosen(self, signals: Signals) -> dict[Operation, str]:
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
        if self._profile_due(signals):
            chosen[Operation.RESYNTHESIS] = self._why_rewrite(signals)
        return chosen

    def _profile_due(self, signals: Signals) -> bool:
        if not signals.has_profile:
            return signals.active + signals.novel >= self.first_profile
        return bool(
            signals.unsupported
            or signals.contradicting >= self.turning
            or signals.since_profile >= self.rewrite_after
            or (signals.forced and signals.since_profile)
        )

    def _why_rewrite(self, signals: Signals) -> str:
        if not signals.has_profile:
            return "there is enough for a first profile"
        if signals.unsupported:
            return f"{_many(signals.unsupported, 'sentence')} of the profile lost support"
        if signals.contradicting >= self.turning:
            return "the profile may no longer be true"
        return f"the profile is {_events(signals.since_profile)} old"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _events(count: int) -> str:
    return _many(count, "event")
