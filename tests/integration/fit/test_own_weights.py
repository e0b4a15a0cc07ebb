"""A tenant's weights from its people's choices."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from credence.app.bootstrap import Application
from credence.cli.own_weights import Outcome, fit_tenant
from credence.memory.errors import Invalid
from credence.memory.ranker_weights import FittedWeights
from credence.memory.unit_of_work import autocommit
from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights
from credence.replay.fitting import WITHOUT_INSTRUCTION
from tests.integration.fit.world import PEOPLE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def fit(app: Application, tenant: str = "default", **rest: object) -> Outcome:
    given: dict[str, object] = {"seed": 0, "people": 2_000, "now": NOW} | rest
    return await fit_tenant(tenant, app, **given)  # type: ignore[arg-type]


async def stored(app: Application, tenant: str = "default") -> FittedWeights | None:
    async with autocommit(app.engine) as uow:
        return await uow.ranker_weights.get(tenant)


def of_company(weights: Weights) -> float:
    row = dict(zip(SIGNALS, weights.without_instruction.tolist(), strict=True))
    return float(row["company"] + row["company_all"])


async def test_people_who_choose_by_company_raise_its_weight_and_people_held_out_gain(
    tenants: Application,
) -> None:
    made = await fit(tenants)

    trial = made.learnt.trials[WITHOUT_INSTRUCTION]
    assert made.questions == PEOPLE
    assert (trial.fitted_on + trial.tried_on, trial.better) == (PEOPLE, True)
    assert trial.log_loss.difference.below_zero
    own, shipped = parse_weights(made.learnt.document), shipped_weights()
    assert of_company(own) > 1.3 * of_company(shipped)
    assert own.version == f"{shipped.version}-fitted-20261121"

    # What the questions say nothing of is as it was.
    assert made.with_instruction == 0
    assert own.with_instruction == pytest.approx(shipped.with_instruction, rel=1e-3)
    for signal in ("disliked", "others_liking"):  # these people only ever liked something
        at = SIGNALS.index(signal)
        assert own.without_instruction[at] == pytest.approx(shipped.without_instruction[at], 1e-3)

    found = await stored(tenants)
    assert found is not None
    assert made.stored
    assert (found.fitted_at, found.questions) == (NOW, PEOPLE)
    assert found.document == json.loads(json.dumps(made.learnt.document))
    assert "person-" not in json.dumps(found.document)
    assert await stored(tenants, "other") is None

    # Those in use have learnt from everybody now, and nothing is better on people held out.
    later = datetime(2026, 12, 1, tzinfo=UTC)
    again = await fit(tenants, now=later)
    assert again.before == again.after == own.version
    assert (again.stored, again.learnt.kept) == (False, ())
    assert await stored(tenants) == found

    forced = await fit(tenants, now=later, force=True)
    assert forced.learnt.kept == (WITHOUT_INSTRUCTION,)
    found = await stored(tenants)
    assert found is not None
    assert found.document["version"].endswith("-fitted-20261201")


async def test_a_dry_run_stores_nothing_and_the_same_seed_gives_the_same_document(
    tenants: Application,
) -> None:
    made = await fit(tenants, dry_run=True)

    assert made.learnt.kept == (WITHOUT_INSTRUCTION,)
    assert not made.stored
    assert await stored(tenants) is None
    assert await fit(tenants, dry_run=True) == made


async def test_too_few_people_are_refused(tenants: Application) -> None:
    with pytest.raises(Invalid, match="5 people of tenant 'waiting'") as refused:
        await fit(tenants, "waiting", people=5)
    assert (refused.value.field, "--people" in refused.value.fix) == ("people", True)
    with pytest.raises(Invalid, match="199 people"):
        await fit(tenants, people=199, force=True)

    assert await stored(tenants) is None
