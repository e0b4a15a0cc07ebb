"""The lines of a result: an item each, with what moved it in one ranking or in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credence.app.admin.links import Links
from credence.app.admin.trying.reading import OVER, Piece, piece
from credence.app.admin.trying.trial import Trial
from credence.planner.counter import Ranked, Recommendation
from credence.planner.ranking.reasons import Source
from credence.planner.two_orders import Move

_AT_ONCE = 4  # reasons an item that are shown
_MORE, _MORE_IN_ALL = 15, 300  # reasons behind a click: of an item, and about so many of a page


@dataclass(frozen=True, slots=True)
class Reasoned:
    """One piece and what it changes in each ranking, in nats; None where it is not believed."""

    piece: Piece
    before: float | None
    after: float | None
    note: str  # what was done to it, if anything

    @property
    def widest(self) -> float:
        return max(abs(self.before or 0.0), abs(self.after or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item in one ranking or in both."""

    item_id: str
    title: str
    address: str
    move: Move
    before: float | None  # scores
    after: float | None
    local: int | None  # the place by score alone, where something else had the last word
    reasons: Sequence[Reasoned]
    more: Sequence[Reasoned]
    left: int  # reasons that are not shown


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines, and the widest reason among them, by which bars are drawn."""

    lines: Sequence[Line]
    widest: float


def lines_of(trial: Trial, *, to: Links, user_id: str) -> Lines:
    """The list in its (changed) order; then what fell out of it."""
    assert trial.original is not None
    orders = trial.orders
    if orders is None:
        shown = [
            Move(ranked.item.item_id, rank, rank)
            for rank, ranked in enumerate(trial.original.items[: trial.wanted.k], 1)
        ]
    else:
        shown = [*orders.after, *orders.fell_out]
    more = min(_MORE, _MORE_IN_ALL // max(1, len(shown)))
    maker = _Maker(trial, trial.original, to, user_id, more)
    lines = [maker.line(move) for move in shown]
    reasons = [one for line in lines for one in (*line.reasons, *line.more)]
    return Lines(lines, max((one.widest for one in reasons), default=0.0))


class _Maker:
    """Puts lines together; what it looks up often is looked up once."""

    def __init__(
        self, trial: Trial, original: Recommendation, to: Links, user_id: str, more: int
    ) -> None:
        self._trial = trial
        self._more = more
        self._sides = [original] if trial.altered is None else [original, trial.altered]
        self._ranked = [{r.item.item_id: r for r in made.items} for made in self._sides]
        self._local = _by_score(self._sides[-1])
        self._to = to
        self._user_id = user_id

    def line(self, move: Move) -> Line:
        both = [ranked.get(move.item_id) for ranked in self._ranked]
        one = next(ranked for ranked in reversed(both) if ranked is not None)
        reasons = self._reasons(both)
        before, after = both[0], both[-1]
        return Line(
            item_id=move.item_id,
            title=one.item.title,
            address=self._to.item(move.item_id),
            move=move,
            before=None if before is None else before.score,
            after=None if after is None else after.score,
            local=self._local.get(move.item_id),
            reasons=reasons[:_AT_ONCE],
            more=reasons[_AT_ONCE : _AT_ONCE + self._more],
            left=max(0, len(reasons) - _AT_ONCE - self._more),
        )

    def _reasons(self, both: Sequence[Ranked | None]) -> list[Reasoned]:
        """By the larger of the two changes, whichever way."""
        changes: dict[tuple[Source, int], list[float | None]] = {}
        pieces: dict[tuple[Source, int], Piece] = {}
        for place, (ranked, made) in enumerate(zip(both, self._sides, strict=True)):
            for reason in ranked.reasons if ranked else ():
                key = (reason.source, reason.id)
                changes.setdefault(key, [None] * len(both))[place] = reason.change
                if key not in pieces:
                    assert ranked is not None
                    pieces[key] = piece(reason, ranked, made, to=self._to, user_id=self._user_id)
        found = [
            Reasoned(pieces[key], each[0], each[-1], self._note(key))
            for key, each in changes.items()
        ]
        return sorted(found, key=lambda one: (-one.widest, one.piece.source, one.piece.text))

    def _note(self, key: tuple[Source, int]) -> str:
        source, number = key
        if source is not Source.CHUNK:
            return ""
        if number in self._trial.what_if.off:
            return "switched off"
        strength = self._trial.what_if.strengths.get(number)
        return "" if strength is None else f"set to {strength:+.2f}".replace("-", "\N{MINUS SIGN}")


def _by_score(made: Recommendation) -> Mapping[str, int]:
    """Places by score, where a language model made the order of its own; else nothing."""
    if OVER not in made.ranker:
        return {}
    ids = sorted(made.items, key=lambda ranked: (-ranked.score, ranked.item.item_id))
    return {ranked.item.item_id: rank for rank, ranked in enumerate(ids, 1)}
