"""A tenant's own weights: fitted on its people's choices, kept where people held out gain by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credence.app.bootstrap import Application
from credence.app.made_lists import lot
from credence.app.rankers import (
    StoredRankers,
    default_ranker,
    fitted_version,
    tables_of,
    usable,
)
from credence.app.tenant_questions import TenantQuestion, tenant_questions
from credence.memory.errors import Invalid
from credence.memory.ranker_weights import FittedWeights
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.ranking.case import Column, Ranker
from credence.planner.ranking.order import order
from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights
from credence.replay.bootstrap import Interval, interval, paired_difference
from credence.replay.conditional_logit import log_probabilities
from credence.replay.fitting import (
    WITH_INSTRUCTION,
    WITHOUT_INSTRUCTION,
    Examples,
    Question,
    examples,
    fitted,
    settings,
)

LEAST = 200  # questions that a table of weights is fitted on
_TABLES = (WITH_INSTRUCTION, WITHOUT_INSTRUCTION)
Ranked = Mapping[str, Mapping[str, NDArray[np.float64]]]  # table to user to log-probabilities (N,)
_STILL = 1e-9  # a spread that is rounding
_TELLING = 0.05  # of the lists must move with a signal, for them to say what it weighs


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure on people held out, with 95% intervals; the difference is after less before."""

    before: Interval
    after: Interval
    difference: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One table of weights, fitted on one half of the people and tried on the other."""

    fitted_on: int  # people
    tried_on: int
    log_loss: Measured
    hit_rate_at_1: Measured

    @property
    def better(self) -> bool:
        return self.log_loss.difference.mean < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a tenant's questions led to. `kept` are the tables whose new weights are to be used."""

    trials: Mapping[str, Trial]
    kept: tuple[str, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One fit of a tenant's weights."""

    questions: int
    with_instruction: int
    before: str  # version of the weights in use
    after: str
    learnt: Learnt
    stored: bool


async def fit_tenant(
    tenant: str,
    app: Application,
    *,
    seed: int,
    people: int,
    now: datetime,
    force: bool = False,
    dry_run: bool = False,
    done: Callable[[int], None] = lambda people: None,
) -> Outcome:
    """Fit, try, and store what people held out gain by, or everything with `force`.

    Raises Invalid with fewer than 200 questions.
    """
    async with autocommit(app.engine) as uow:
        stored = await uow.ranker_weights.get(tenant)
    own = usable(stored) if stored else None
    in_use = own or shipped_weights()
    before = tables_of(stored) if stored and own else frozenset()
    questions = await tenant_questions(tenant, app, people=people, seed=seed, done=done)
    if len(questions) < LEAST:
        raise Invalid(
            f"{len(questions)} people of tenant {tenant!r} make a question to learn from, and "
            f"fewer than {LEAST} say too little",
            field="people",
            fix=f"wait until {LEAST} people have chosen something after three earlier events about "
            "items, or raise --people; until then the weights in use are kept",
        )
    otherwise = default_ranker(app.settings.ranker, app.settings.ranker_model)
    ranked = await ranked_by(questions, await StoredRankers(app.engine, otherwise).of(tenant))
    learnt = learn(questions, in_use, ranked, seed=seed, force=force)
    version = fitted_version(shipped_weights(), f"{now:%Y%m%d}") if learnt.kept else in_use.version
    document = {**learnt.document, "version": version}
    document["provenance"] = {
        "command": f"credence fit --seed {seed} --people {people}",
        "questions": len(questions),
        "others": f"at least {app.settings.least_people} people, oneself left out",
        **settings(),
        "tables_fitted": sorted({*learnt.kept, *before}),
        "held_out": {table: asdict(trial) for table, trial in learnt.trials.items()},
    }
    store = bool(learnt.kept) and not dry_run
    if store:
        made = FittedWeights(document=document, fitted_at=now, questions=len(questions))
        async with unit_of_work(app.engine) as uow:
            await uow.ranker_weights.put(tenant, made)
    return Outcome(
        questions=len(questions),
        with_instruction=sum(one.case.instruction is not None for one in questions),
        before=in_use.version,
        after=version,
        learnt=Learnt(trials=learnt.trials, kept=learnt.kept, document=document),
        stored=store,
    )


def learn(
    questions: Sequence[TenantQuestion], in_use: Weights, ranked: Ranked, *, seed: int, force: bool
) -> Learnt:
    """Each table is fitted on half of the people and tried on the others.

    It is held against `ranked`, what the ranker in use says of the same questions. A table that is
    no better, or has too few questions, stays as it is in use. The rest is fitted once more, on
    everybody.
    """
    asked = sum(one.case.instruction is not None for one in questions)
    tables = _TABLES if asked >= LEAST else (WITHOUT_INSTRUCTION,)
    halves: tuple[list[TenantQuestion], list[TenantQuestion]] = ([], [])
    for one in questions:
        halves[lot(seed, "half", one.user_id) % 2].append(one)
    half = parse_weights(_document(_examples(halves[0], tables), in_use, tables))
    held_out = _examples(halves[1], tables)
    trials = {
        table: Trial(
            fitted_on=sum(table == WITHOUT_INSTRUCTION or _asks(one) for one in halves[0]),
            tried_on=int(held_out[table].full.sum()),
            **_tried(held_out[table], halves[1], table, half, ranked[table], seed=seed),
        )
        for table in tables
    }
    kept = tuple(table for table in tables if force or trials[table].better)
    document = _document(_examples(questions, tables), in_use, kept)
    return Learnt(trials=trials, kept=kept, document=document)


def _asks(one: TenantQuestion) -> bool:
    return one.case.instruction is not None


def _examples(questions: Sequence[TenantQuestion], tables: Collection[str]) -> dict[str, Examples]:
    made = examples(
        [Question(domain="tenant", case=one.case, chosen=one.chosen) for one in questions]
    )
    return {table: one for table, one in made.items() if table in tables}


def _document(
    kinds: Mapping[str, Examples], in_use: Weights, tables: Collection[str]
) -> dict[str, Any]:
    """These tables as fitted, but for signals of which the questions say nothing; the others as
    they are in use."""
    document = fitted(kinds)
    scale = np.array([document["scale"][signal] or 1.0 for signal in SIGNALS])
    document["scale"] = dict(zip(SIGNALS, scale.tolist(), strict=True))
    for table in _TABLES:
        kept: Column = getattr(in_use, table) * scale
        told = _told(kinds[table]) if table in tables else frozenset()
        document[table] |= {
            signal: round(float(weight), 6)
            for signal, weight in zip(SIGNALS, kept, strict=True)
            if signal not in told
        }
    return document


def _told(one: Examples) -> frozenset[str]:
    """Signals that move enough of the lists."""
    share = (one.signals[one.full].std(axis=1) > _STILL).mean(axis=0)  # (F,)
    return frozenset(
        signal for signal, moved in zip(SIGNALS, share, strict=True) if moved >= _TELLING
    )


def _tried(
    held_out: Examples,
    questions: Sequence[TenantQuestion],
    table: str,
    after: Weights,
    before: Mapping[str, NDArray[np.float64]],
    *,
    seed: int,
) -> dict[str, Measured]:
    asked = [one for one in questions if table == WITHOUT_INSTRUCTION or _asks(one)]
    old = _measured([before[one.user_id] for one in asked], asked)
    logs = log_probabilities(held_out.signals[held_out.full], getattr(after, table))
    new = _measured(list(logs), asked)
    return {
        name: Measured(
            before=interval(old[name], seed=seed),
            after=interval(new[name], seed=seed),
            difference=paired_difference(new[name], old[name], seed=seed),
        )
        for name in ("log_loss", "hit_rate_at_1")
    }


def _measured(
    logs: Sequence[NDArray[np.float64]], asked: Sequence[TenantQuestion]
) -> dict[str, NDArray[np.float64]]:
    """Of each person, with everything known: the log-loss, and whether the choice came first."""
    pairs = list(zip(logs, asked, strict=True))
    first = [order(row, one.case.candidate_ids)[0] == one.chosen for row, one in pairs]
    return {
        "log_loss": np.array([-row[one.chosen] for row, one in pairs]),
        "hit_rate_at_1": np.array(first, dtype=np.float64),
    }


async def ranked_by(questions: Sequence[TenantQuestion], ranker: Ranker) -> Ranked:
    """Log-probabilities of each person's list by this ranker, for both tables."""
    found: dict[str, dict[str, NDArray[np.float64]]] = {table: {} for table in _TABLES}
    for one in questions:
        silent = replace(one.case, instruction=None, wording=None)
        for table, case in ((WITH_INSTRUCTION, one.case), (WITHOUT_INSTRUCTION, silent)):
            keep = np.ones((1, case.pieces), dtype=np.bool_)
            found[table][one.user_id] = (await ranker.score(case, keep)).scores[0]
    return found
