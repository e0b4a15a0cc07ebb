"""What is kept of frozen models' answers is what a served list is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.observing import Observer
from credence.inference.causal.heads.opinions import FUSED, ROUTER, STEERED, opinions
from credence.inference.causal.lists import LabelLists
from credence.inference.causal.load import load, load_members
from credence.inference.causal.settings import CausalSettings
from credence.inference.errors import BadModelSettings, NoAnswer
from credence.inference.routing.blend import FixedAlpha, TopKRouter
from credence.inference.routing.heads import save_alpha, save_head
from tests.unit.inference.causal.heads.routed_lists import a_list, untrained
from tests.unit.inference.causal.models import a_head, an_alpha

ORDERS, SEED = 3, 4
LISTS = [a_list(person, size) for person, size in ((0, 7), (1, 20), (2, 2), (2, 5))]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> CausalSettings:
    return untrained(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def said(settings: CausalSettings) -> Observed:
    return asked(settings)


def asked(settings: CausalSettings) -> Observed:
    observer = Observer(load_members(settings), orders=ORDERS, alpha=an_alpha(), seed=SEED)
    return Observed.together([observer.ask(one) for one in LISTS])


def served(settings: CausalSettings) -> LabelLists:
    return LabelLists(load(settings), orders=ORDERS, seed=SEED)


@pytest.mark.parametrize(
    "alpha", [an_alpha(), FixedAlpha(0.3), None], ids=["learnt", "fixed", "none"]
)
def test_opinions_of_heads_are_the_lists_that_are_served_with_them(
    alpha: TopKRouter | FixedAlpha | None, settings: CausalSettings, said: Observed, tmp_path: Path
) -> None:
    head = a_head(2, seed=3)
    save_head(head, tmp_path / "head")
    told = replace(settings, untrained=False, head=tmp_path / "head", reward=None)
    if alpha is not None:
        save_alpha(alpha, tmp_path / "alpha")
        told = replace(told, reward=settings.reward, alpha=tmp_path / "alpha")
    lists = served(told)
    made = opinions(said, ["films", "books"], head, alpha)
    ours = made[FUSED if alpha is None else STEERED]
    chosen = set()
    for one, logs in zip(LISTS, ours, strict=True):
        listed = lists.rank(one.person, one.candidates, one.named)
        scores = [listed.scores[name] for name in one.candidates]
        assert logs[: len(scores)].tolist() == pytest.approx(scores, abs=1e-4)
        assert torch.isneginf(logs[len(scores) :]).all()
        assert listed.trace is not None
        chosen.add(listed.trace.expert)
    assert chosen == {"films", "books"}  # both routes are taken


def test_each_model_alone_is_what_it_would_serve_alone(
    settings: CausalSettings, said: Observed
) -> None:
    made = opinions(said, ["films", "books"], None, None)
    folders = {
        ROUTER: settings.router,
        "expert films alone": settings.experts[0],
        "expert books alone": settings.experts[1],
    }
    for name, folder in folders.items():
        lists = served(CausalSettings(router=folder, dtype="fp32", device="cpu", longest=64))
        for one, logs in zip(LISTS, made[name], strict=True):
            listed = lists.rank(one.person, one.candidates, one.named).scores
            expected = [listed[each] for each in one.candidates]
            assert logs[: len(expected)].tolist() == pytest.approx(expected, abs=1e-4)


def test_the_right_candidate_and_its_labels_are_known(said: Observed) -> None:
    for at, one in enumerate(LISTS):
        right = one.candidates.index(one.chosen)
        assert said.right[at] == right
        assert [said.order[at, turn, said.labels[at, turn]] for turn in range(ORDERS)] == [
            right
        ] * 3
    loss = -opinions(said, [], None, None)[ROUTER].gather(-1, said.right[:, None]).mean()
    assert said.loss(said.router) == pytest.approx(float(loss))


def test_without_experts_and_reward_model_nothing_of_them_is_kept(settings: CausalSettings) -> None:
    said = asked(replace(settings, experts=(), reward=None))
    assert said.experts.shape[:2] == (len(LISTS), 0)
    assert said.reward.shape[1] == said.seen.shape[1] == 0


def test_a_list_that_does_not_hold_its_choice_is_refused(settings: CausalSettings) -> None:
    observer = Observer(load_members(settings), orders=1, alpha=an_alpha())
    with pytest.raises(ValueError, match="best candidate"):
        observer.ask(replace(LISTS[0], chosen="elsewhere"))
    with pytest.raises(ValueError, match="2 to 20"):
        observer.ask(replace(LISTS[0], candidates=(LISTS[0].chosen,)))


def test_a_model_that_says_no_numbers_is_refused(settings: CausalSettings) -> None:
    members = load_members(settings)
    with torch.no_grad():
        members.experts[1].module.lm_head.weight.fill_(torch.nan)
    with pytest.raises(NoAnswer, match="no usable logits"):
        Observer(members, orders=1, alpha=an_alpha()).ask(LISTS[0])


def test_heads_that_are_named_cannot_be_yet_to_make(
    settings: CausalSettings, tmp_path: Path
) -> None:
    with pytest.raises(BadModelSettings, match="yet to be made"):
        replace(settings, head=tmp_path / "head")
