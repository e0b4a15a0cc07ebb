"""What templates show of a run: words and figures, ready to be put in their places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from credence.app.admin.acts.told import fate
from credence.app.admin.drawings import step
from credence.app.admin.figures import signed
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Evidence, Operation, Profile, Status
from credence.memory.planner_run import Asked, PlannerRun
from credence.memory.run_changes import Changes
from credence.memory.strength import standing

LIFECYCLE = tuple(Operation)[:6]
_SHORT = dict(zip(LIFECYCLE, ("Ext", "Rei", "Wea", "Con", "For", "Syn"), strict=True))
_STANDING = {"committed": "good", "skipped": "", "failed": "bad"}
_SIGNALS = {
    "pending": "events not yet read",
    "information": "total clarity of what they say",
    "novel": "topics that no belief covers",
    "agreeing": "findings that agree with a belief",
    "contradicting": "findings that contradict one",
    "active": "beliefs held",
    "redundant": "pairs of beliefs that say the same",
    "forgettable": "beliefs that decayed or were refuted",
    "since_profile": "events since the profile was written",
    "unsupported": "sentences of the profile whose beliefs are gone",
    "has_profile": "there is a profile",
    "forced": "somebody asked for this run",
    "late": "events read before their item was known",
}
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the six operations, in a row that always has the same order."""

    name: str
    short: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """One number that the policy decided by."""

    name: str
    means: str
    value: str
    speaks: bool  # it is neither nought nor no


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one operation did to one belief, or to the profile."""

    operation: str
    chunk_id: int | None
    text: str
    picture: Markup
    figures: str
    reason: str
    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a model had to do with one step of the run."""

    role: str
    prompt: str
    calls: int
    fallback: str | None
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was planned at one look."""

    operations: Sequence[Chosen]
    reason: str
    merges: str
    forgets: str
    refutes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run, and what it did."""

    user_id: str
    run: PlannerRun
    tone: str
    operations: Sequence[Chosen]
    others: Sequence[str]  # operations that are none of the six
    signals: Sequence[Signal]
    steps: Sequence[Step]
    hidden: int  # changes beyond the steps
    parts: Sequence[Part]
    cost: Sequence[str]
    asked: Asked | None  # who wanted it, where somebody did

    @property
    def priced(self) -> bool:
        """Whether it is known what its models cost."""
        return bool(self.cost) and self.run.cost.get("price") is not None

    @property
    def telling(self) -> Sequence[Signal]:
        """Signals that say something."""
        return [signal for signal in self.signals if signal.speaks]

    @property
    def fallbacks(self) -> Sequence[Part]:
        """Steps at which a built-in part did the work of a model."""
        return [part for part in self.parts if part.fallback]

    @property
    def noted(self) -> int:
        """How much models proposed that was refused or repaired."""
        return sum(len(part.notes) for part in self.parts)


def view_of(
    user_id: str, run: PlannerRun, changes: Changes | None = None, *, half_life: timedelta
) -> RunView:
    """A run with the changes of its revision, if it made one."""
    shown = () if changes is None else changes.shown
    return RunView(
        user_id=user_id,
        run=run,
        tone=_STANDING.get(run.outcome, ""),
        operations=chosen(run.operations),
        others=[name for name in run.operations if name not in set(LIFECYCLE)],
        signals=signals_of(run.signals),
        steps=[] if changes is None else [_step(one, changes, half_life) for one in shown],
        hidden=0 if changes is None else changes.total - len(shown),
        parts=[_part(part) for part in _listed(run.detail.get("roles"))],
        cost=cost_of(run.cost),
        asked=_asked(run.detail.get("asked")),
    )


def _asked(found: object) -> Asked | None:
    if not isinstance(found, Mapping):
        return None
    reason = found.get("reason")
    return Asked(actor=str(found.get("actor", "")), reason=None if reason is None else str(reason))


def chosen(operations: Iterable[str]) -> Sequence[Chosen]:
    """All six operations in their order, those named marked."""
    named = set(operations)
    return [Chosen(one.value, _SHORT[one], one.value in named) for one in LIFECYCLE]


def looks_of(run: PlannerRun) -> Sequence[Look]:
    """The plans of a run in which models took part, one for each look."""
    return [
        Look(
            operations=chosen(_named(plan)),
            reason=str(plan.get("reason", "")),
            merges=_pairs(plan.get("merges"), "into", none="near-duplicates, as found")
            if Operation.CONSOLIDATION in _named(plan)
            else "",
            forgets=_numbers(plan.get("forgets")) if Operation.FORGETTING in _named(plan) else "",
            refutes=_pairs(plan.get("refutes"), "by", none=""),
        )
        for plan in _listed(run.detail.get("plans"))
    ]


def signals_of(signals: Mapping[str, Any]) -> Sequence[Signal]:
    """Those that we know in their order, then any other."""
    names = [name for name in _SIGNALS if name in signals]
    names += sorted(signals.keys() - _SIGNALS.keys())
    return [
        Signal(
            name.replace("_", " "),
            _SIGNALS.get(name, ""),
            _value(signals[name]),
            _speaks(name, signals[name]),
        )
        for name in names
    ]


def cost_of(cost: Mapping[str, Any]) -> Sequence[str]:
    """Calls, tokens and price in words; nothing for a run without models."""
    calls = cost.get("llm_calls") or 0
    if not calls:
        return []
    words = [f"{calls:,} call{'' if calls == 1 else 's'}"]
    if cost.get("failed"):
        words[0] += f", {cost['failed']:,} failed"
    words.append(f"{(cost.get('tokens_in') or 0) + (cost.get('tokens_out') or 0):,} tokens")
    price = cost.get("price")
    words.append("no price known" if price is None else dollars(price))
    return words


def dollars(price: float) -> str:
    """To the cent, or as far as it takes to say something."""
    return f"${price:,.2f}" if price == 0 or price >= 1 else f"${price:.4f}"


def raw(run: PlannerRun) -> str:
    """The run as JSON; what would turn the direction of the text is written as an escape."""
    text = json.dumps(asdict(run), indent=2, ensure_ascii=False, default=_plain)
    return _BIDI.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _step(change: Change, changes: Changes, half_life: timedelta) -> Step:
    before, after = change.before, change.after
    shown = after or before
    if isinstance(shown, Chunk):
        was = _strength(before, changes, half_life)
        now = _strength(after, changes, half_life)
        return Step(
            operation=change.operation.value,
            chunk_id=shown.chunk_id,
            text=shown.text,
            picture=step(was, now),
            figures=_figures(was, now, after),
            reason=change.reason,
            evidence=change.evidence,
        )
    sentences = len(shown.sentences) if isinstance(shown, Profile) else 0
    return Step(
        operation=change.operation.value,
        chunk_id=None,
        text="The profile",
        picture=Markup(""),
        figures=f"{sentences} sentence{'' if sentences == 1 else 's'}",
        reason=change.reason,
        evidence=change.evidence,
    )


def _strength(
    state: Chunk | Profile | None, changes: Changes, half_life: timedelta
) -> float | None:
    """As it stood when the revision was made; None where nothing was believed."""
    if not isinstance(state, Chunk) or state.status is not Status.ACTIVE:
        return None
    return standing(state, now=changes.at, half_life=half_life).strength


def _figures(was: float | None, now: float | None, after: Chunk | Profile | None) -> str:
    if now is None:
        why = fate(after.status) if isinstance(after, Chunk) else "gone"
        if isinstance(after, Chunk) and after.merged_into is not None:
            why = f"merged into {after.merged_into}"
        return why if was is None else f"{signed(was)} → {why}"
    return f"new {signed(now)}" if was is None else f"{signed(was)} → {signed(now)}"


def _part(part: Mapping[str, Any]) -> Part:
    fallback = part.get("fallback")
    return Part(
        role=str(part.get("role", "")),
        prompt=str(part.get("prompt", "")),
        calls=int(part.get("calls") or 0),
        fallback=None if fallback is None else str(fallback),
        notes=[str(note) for note in part.get("notes") or ()],
    )


def _listed(found: object) -> Sequence[Mapping[str, Any]]:
    """What a record holds as a list of objects: older ones may hold something else."""
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, Mapping)]


def _named(plan: Mapping[str, Any]) -> Sequence[str]:
    return [str(name) for name in plan.get("operations") or ()]


def _pairs(pairs: object, word: str, *, none: str) -> str:
    if pairs is None:
        return none
    if not isinstance(pairs, list):
        return ""
    return ", ".join(f"{pair[1]} {word} {pair[0]}" for pair in pairs if len(pair) == 2)


def _numbers(numbers: object) -> str:
    if numbers is None:
        return "all that may be forgotten"
    return ", ".join(map(str, numbers)) if isinstance(numbers, list) else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _speaks(name: str, value: object) -> bool:
    return bool(value) and name != "has_profile"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else str(value)
