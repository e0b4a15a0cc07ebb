"""What was changed in a try, and what came of it, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from credence.app.admin.figures import count, signed
from credence.app.admin.links import Links
from credence.app.admin.trying.rankers import RANKERS
from credence.app.admin.trying.trial import Trial
from credence.memory.strength import standing, statement
from credence.planner.two_orders import Move, TwoOrders

_NAMED = 2  # items that came in from nowhere, and as many that are gone


@dataclass(frozen=True, slots=True)
class Alteration:
    """One thing that is otherwise than it is; `about` is what somebody wrote."""

    words: str
    about: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Mover:
    """An item that moved far, and in words from where to where."""

    title: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    sentence: str
    movers: Sequence[Mover]
    pool: str  # whether the candidates are the same


def alterations(
    trial: Trial, *, to: Links, user_id: str, half_life: timedelta
) -> Sequence[Alteration]:
    """What the altered ranking goes by that the original does not."""
    if trial.altered is None:
        return []
    wanted, what_if, point = trial.wanted, trial.what_if, trial.changed
    found = []
    if wanted.revision is not None:
        address = to.person(user_id, "/time", revision=wanted.revision)
        found.append(Alteration(f"the belief as at revision {wanted.revision}", "", address))
    if wanted.ranker:
        found.append(Alteration(f"ranked by: {RANKERS[wanted.ranker]}", "", None))
    chunks = {chunk.chunk_id: chunk for chunk in point.taste.belief.active}
    for chunk_id in sorted(what_if.off):
        address = to.chunk(user_id, chunk_id)
        found.append(Alteration("not believed:", statement(chunks[chunk_id]), address))
    for chunk_id, strength in sorted(what_if.strengths.items()):
        if chunk_id in what_if.off:
            continue
        was = standing(chunks[chunk_id], now=point.at, half_life=half_life).strength
        words = f"strength {signed(was)} → {signed(strength)}:"
        address = to.chunk(user_id, chunk_id)
        found.append(Alteration(words, chunks[chunk_id].text, address))
    return found


def outcome(trial: Trial) -> Outcome | None:
    """How the list changed; None where nothing was changed."""
    orders = trial.orders
    if orders is None:
        return None
    places = max(len(orders.before), len(orders.after))
    changed = orders.changed
    sentence = (
        f"{changed} of {places} place{'' if places == 1 else 's'} changed"
        if changed
        else "The order is the same: only scores moved"
    )
    return Outcome(
        sentence=sentence,
        movers=_movers(trial, orders),
        pool=_pool(trial, orders),
    )


def _movers(trial: Trial, orders: TwoOrders) -> Sequence[Mover]:
    """Who rose most and who fell most; who came in from nowhere and who is gone, the first few."""
    assert trial.original is not None
    assert trial.altered is not None
    titles = {
        ranked.item.item_id: ranked.item.title
        for made in (trial.original, trial.altered)
        for ranked in made.items
    }

    def mover(move: Move, words: str) -> Mover:
        return Mover(titles[move.item_id], words)

    rise, fall = orders.highest_rise, orders.deepest_fall
    found = [] if rise is None else [mover(rise, f"rose from {rise.was} to {rise.now}")]
    if fall is not None:
        verb = "fell out of the list" if fall in orders.fell_out else "fell"
        found.append(mover(fall, f"{verb} from {fall.was} to {fall.now}"))
    new = [move for move in orders.came_in if move.was is None]
    gone = [move for move in orders.fell_out if move.now is None]
    found += [mover(move, f"came in at {move.now}, no candidate before") for move in new[:_NAMED]]
    found += [mover(move, f"was at {move.was}, no candidate any more") for move in gone[:_NAMED]]
    return found


def _pool(trial: Trial, orders: TwoOrders) -> str:
    assert trial.altered is not None
    if trial.wanted.candidates is not None:
        return "Both rank the candidates that were named."
    if not orders.new and not orders.gone:
        return f"Both rank the same {count(trial.altered.pool)} candidates."
    return (
        f"The search found other candidates: {count(orders.new)} came in and "
        f"{count(orders.gone)} went."
    )
