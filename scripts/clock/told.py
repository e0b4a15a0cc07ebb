"""What both tables need: a domain with everything that is known of it, and figures over people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Ranker, RankingCase
from credence.replay.bootstrap import interval, paired_difference
from credence.replay.crowd import Crowd
from credence.replay.encoded import EncodedDomain, RememberedEncoder
from credence.replay.fitting import Question
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.ndcg import ndcg
from credence.replay.people import Interaction
from credence.replay.positions import Position
from credence.replay.questions import put
from credence.replay.ranks import target_rank

MEASURES = ("HR@1", "NDCG@5")
ALL_TIMES = "of all times"
_SEVERAL, _NEARLY_ALL = 3, 0.9  # choices of an item; a share of items
RANKERS = ("routed", "semantic")  # those that ship


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A domain, its people, and what they say of its items."""

    encoded: EncodedDomain
    encoder: RememberedEncoder
    words: RememberedEncoder
    crowd: Crowd
    donors: Mapping[str, Sequence[Interaction]]
    targets: Mapping[str, Interaction]  # of the training half, by person
    seed: int

    def asked(
        self, found: Sequence[Position], until: Callable[[Position], datetime] | None
    ) -> AsyncIterator[Question]:
        """These positions as questions; `until` is as of `put`."""
        return put(found, self.encoded, self.encoder, self.crowd, words=self.words, until=until)

    def chosen_at(self, position: Position) -> datetime:
        """When a training person made this choice."""
        if position.before < len(position.history):
            return chosen_at(position.history[position.before])
        return chosen_at(self.targets[position.user_id])


class Ranked:
    """Ranks of targets by ranker and person."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ranks: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))

    def add(self, name: str, question: Question, scores: NDArray[np.float64]) -> None:
        """Another list (N,) that a ranker put in order."""
        ids, user_id = question.case.candidate_ids, question.user_id
        rank = target_rank(scores, ids, ids[question.chosen], user_id=user_id, seed=self._seed)
        self._ranks[name][user_id].append(rank)

    def rows(self, names: Iterable[str], *, less: Mapping[str, str]) -> list[str]:
        """A line of Markdown for each ranker; `less` names the one it is held against."""
        return [self._row(name, less.get(name)) for name in names]

    def _row(self, name: str, other: str | None) -> str:
        cells = [name]
        for measure in MEASURES:
            mine = self._means(name, measure)
            found = interval(mine, seed=self._seed)
            cells.append(f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]")
            if other is None:
                cells.append("")
                continue
            gain = paired_difference(mine, self._means(other, measure), seed=self._seed)
            told = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
            cells.append(f"**{told}**" if gain.above_zero or gain.below_zero else told)
        return f"| {' | '.join(cells)} |"

    def _means(self, name: str, measure: str) -> NDArray[np.float64]:
        return np.array(
            [_measured(measure, np.array(own)) for _, own in sorted(self._ranks[name].items())]
        )


def chosen_at(done: Interaction) -> datetime:
    """When it was done."""
    assert done.timestamp is not None, "domains without times are passed over"
    return done.timestamp


def times_are_of_items(donors: Mapping[str, Sequence[Interaction]]) -> bool:
    """Whether nearly all items were chosen on one day each, by everybody who chose them."""
    days: dict[str, list[date]] = defaultdict(list)
    for story in donors.values():
        for done in story:
            days[done.item_id].append(chosen_at(done).date())
    several = [found for found in days.values() if len(found) >= _SEVERAL]
    alike = [found for found in several if len(set(found)) == 1]
    return len(alike) > _NEARLY_ALL * len(several)


def latest(position: Position) -> datetime:
    """When the person did what they did last before it."""
    return chosen_at(position.history[position.before - 1])


async def scores_of(ranker: Ranker, case: RankingCase) -> NDArray[np.float64]:
    """Scores (N,) of the candidates, everything known."""
    everything = np.ones((1, case.pieces), dtype=np.bool_)
    first: NDArray[np.float64] = (await ranker.score(case, everything)).scores[0]
    return first


def head(what: str, *, people: int, lists: int, less: str) -> str:
    """Title and head of a table."""
    columns = [column for m in MEASURES for column in (m, f"less {less}")]
    line = " | ".join(["---"] * (1 + len(columns)))
    told = f"{what}; {lists} lists of {people} people"
    return f"\n{told}\n\n| ranked with | {' | '.join(columns)} |\n| {line} |"


def _measured(measure: str, ranks: NDArray[np.int_]) -> float:
    values = hit_rate(ranks, 1) if measure == "HR@1" else ndcg(ranks, 5)
    return float(values.mean())
