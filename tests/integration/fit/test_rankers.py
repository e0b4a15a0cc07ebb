"""Which weights order a tenant's items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from credence.app.bootstrap import Application, assemble
from credence.app.rankers import StoredRankers, default_ranker
from credence.app.settings import Settings
from credence.inference.errors import ModelMissing
from credence.memory.ranker_weights import FittedWeights
from credence.memory.unit_of_work import unit_of_work
from credence.planner.counter import Ask, Counter, Recommendation
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import shipped_weights
from credence.planner.recommend import recommend
from tests.integration.fit.world import MeaninglessEncoder

SHIPPED = f"semantic-{shipped_weights().version}"
OWN = f"{SHIPPED}-fitted-20261121"


def weighing(signal: str, **rest: object) -> dict[str, Any]:
    """Weights of one signal alone."""
    one = {name: 5.0 if name == signal else 0.0 for name in SIGNALS}
    document = {
        "version": OWN.removeprefix("semantic-"),
        "scale": dict.fromkeys(SIGNALS, 1.0),
        "with_instruction": one,
        "without_instruction": one,
    }
    return document | rest


async def keep(app: Application, document: Mapping[str, Any], tenant: str = "default") -> None:
    made = FittedWeights(document=document, fitted_at=datetime.now(UTC), questions=200)
    async with unit_of_work(app.engine) as uow:
        await uow.ranker_weights.put(tenant, made)


def shown(made: Recommendation) -> dict[str, float]:
    return {ranked.item.item_id: ranked.score for ranked in made.items}


def near(made: Recommendation) -> object:
    """The same list, but for the age of a belief."""
    return pytest.approx(shown(made), abs=1e-6)


async def ranked(counter: Counter, tenant: str = "default") -> Recommendation:
    return await recommend(Ask(tenant=tenant, user_id="person-001"), counter)


async def test_stored_weights_are_used_within_a_minute_and_by_a_new_application_at_once(
    tenants: Application, full_database: str, quiet: Settings
) -> None:
    time = [0.0]
    rankers = StoredRankers(tenants.engine, SemanticRanker(), clock=lambda: time[0])
    counter = replace(tenants.counter, rankers=rankers)
    before = await ranked(counter)

    await keep(tenants, weighing("people"))
    still = await ranked(counter)
    new = assemble(quiet, full_database, MeaninglessEncoder())
    at_once = await ranked(new.counter)
    elsewhere = await ranked(new.counter, "waiting")
    await new.close()
    time[0] = 61.0
    after = await ranked(counter)

    assert [one.ranker for one in (before, still)] == [SHIPPED, SHIPPED]
    assert [one.ranker for one in (at_once, after)] == [OWN, OWN]
    assert elsewhere.ranker == SHIPPED
    assert shown(still) == near(before)
    assert shown(after) == near(at_once)
    assert shown(after) != near(before)

    async with unit_of_work(tenants.engine) as uow:
        assert await uow.ranker_weights.delete("default")
        assert not await uow.ranker_weights.delete("default")
    time[0] = 122.0
    reset = await ranked(counter)
    assert reset.ranker == SHIPPED
    assert shown(reset) == near(before)


@pytest.mark.parametrize(
    "older",
    [
        weighing("people", without_instruction={"history": 1.0}),
        weighing("people", scale=dict.fromkeys([*SIGNALS, "one_more"], 1.0)),
        weighing("people", version="1-fitted-20250101"),
        {"version": OWN},
    ],
    ids=["a signal less", "a signal more", "another version", "no tables"],
)
async def test_weights_of_an_older_version_give_way_to_the_shipped_ones(
    tenants: Application, older: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await keep(tenants, older)

    made = await ranked(tenants.counter)

    assert made.ranker == SHIPPED
    assert "`credence fit` makes new ones" in caplog.text


async def test_one_tenants_weights_are_no_other_tenants(tenants: Application) -> None:
    await keep(tenants, weighing("people"))
    await keep(tenants, weighing("history", version=f"{OWN[9:]}"), "other")

    assert (await tenants.counter.rankers.of("default")).name == OWN
    assert (await tenants.counter.rankers.of("waiting")).name == SHIPPED


async def test_own_weights_rank_the_kind_of_ask_for_which_they_were_fitted(
    tenants: Application,
) -> None:
    own = weighing("people", provenance={"tables_fitted": ["without_instruction"]})
    await keep(tenants, own)
    rankers = StoredRankers(tenants.engine, default_ranker("routed", None))
    counter = replace(tenants.counter, rankers=rankers)

    silent = await recommend(Ask(tenant="default", user_id="person-001"), counter)
    asked = await recommend(
        Ask(tenant="default", user_id="person-001", instruction="something new"), counter
    )

    assert silent.ranker == OWN
    assert asked.ranker.startswith("routed-")


def test_a_model_that_cannot_be_read_is_refused_or_stood_in_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ModelMissing, match=r"manifest\.json"):
        default_ranker("routed", tmp_path)

    stand_in = default_ranker("auto", tmp_path)

    assert stand_in.name == SHIPPED
    assert "stands in for the routed model" in caplog.text
