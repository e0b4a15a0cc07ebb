"""Lists ranked by the labels that language models would name, against the obvious reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
import torch

from credence.inference.causal.dialogue import Dialogue
from credence.inference.causal.lists import LabelLists
from credence.inference.causal.load import CausalSystem, load, load_members
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.vocabulary import Vocabulary
from credence.inference.causal.wording import MOST_LABELS
from credence.inference.errors import ContextTooLong, DamagedModelFile, LabelNotOneToken
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.heads import save_alpha, save_head
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.windows import shuffled
from tests.unit.inference.causal.models import (
    VOCABULARY,
    a_head,
    a_tokenizer,
    an_alpha,
    save_model,
    tiny,
)
from tests.unit.inference.causal.obvious import Obvious

LETTERS = ascii_uppercase[:MOST_LABELS]
WORDS = (*LETTERS, "Answer", ":")
PERSON = "w1 w2 w3 w4"
ROOM: dict[str, Any] = {"max_position_embeddings": 512}
ORDERS = 3


def candidates(count: int) -> list[str]:
    return [f"w{at}" for at in range(5, 5 + count)]


def asked(named: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{letter} {word}" for letter, word in named)


@pytest.fixture
def settings(tmp_path: Path) -> CausalSettings:
    """A router, two experts and a reward model of one vocabulary that has letters."""
    for name, seed in (("router", 0), ("films", 5), ("books", 6), ("reward", 7)):
        save_model(tiny(seed=seed, **ROOM), tmp_path / name, WORDS)
    save_head(a_head(2), tmp_path / "head.safetensors")
    save_alpha(an_alpha(), tmp_path / "alpha.safetensors")
    return CausalSettings(
        router=str(tmp_path / "router"),
        head=tmp_path / "head.safetensors",
        experts=(str(tmp_path / "films"), str(tmp_path / "books")),
        reward=str(tmp_path / "reward"),
        alpha=tmp_path / "alpha.safetensors",
        dtype="fp32",
        device="cpu",
        longest=64,
    )


def obvious_scores(system: CausalSystem, names: Sequence[str]) -> dict[str, float]:
    """The mean of what the models say after the whole question, in the same orders."""
    obvious = Obvious(
        tiny(seed=0, **ROOM),
        a_head(2),
        [tiny(seed=5, **ROOM), tiny(seed=6, **ROOM)],
        tiny(seed=7, **ROOM),
        an_alpha(),
    )
    speaks = system.vocabulary
    tokens = speaks.labels(list(LETTERS))[: len(names)]
    sums = torch.zeros(len(names))
    for turn in range(ORDERS):
        order = shuffled(names, seed=0, turn=turn)
        question = asked(list(zip(LETTERS, order, strict=False)))
        logits, _, _ = obvious.step(
            [*speaks.first(PERSON), *speaks.further(f"{question} Answer :")]
        )
        told = dict(zip(order, torch.log_softmax(logits[tokens], -1), strict=True))
        sums += torch.stack([told[name] for name in names])
    logs = torch.log_softmax(sums / ORDERS, -1).tolist()
    return dict(zip(names, logs, strict=True))


def test_the_models_labels_give_the_order_as_the_obvious_reference_has_it(
    settings: CausalSettings,
) -> None:
    system, names = load(settings), candidates(7)

    made = LabelLists(system, orders=ORDERS).rank(PERSON, names, asked)

    expected = obvious_scores(system, names)
    assert made.scores == pytest.approx(expected, abs=1e-4)
    assert list(made.scores) == sorted(names, key=lambda name: (-made.scores[name], name))
    assert len({round(score, 2) for score in expected.values()}) > 3  # they tell them apart


def test_the_order_in_which_candidates_come_does_not_matter(settings: CausalSettings) -> None:
    lists, names = LabelLists(load(settings), orders=2), candidates(6)

    assert lists.rank(PERSON, names, asked) == lists.rank(PERSON, names[::-1], asked)


def test_more_candidates_than_letters_are_asked_about_in_windows(settings: CausalSettings) -> None:
    lists, names = LabelLists(load(settings), orders=1), candidates(MOST_LABELS + 5)

    made = lists.rank(PERSON, names, asked)

    assert sorted(made.scores) == sorted(names)
    assert all(one >= other for one, other in pairwise(made.scores.values()))


def test_the_trace_has_the_experts_shares_and_what_each_part_said(settings: CausalSettings) -> None:
    names = candidates(5)

    trace = LabelLists(load(settings), orders=ORDERS).rank(PERSON, names, asked).trace

    assert trace is not None
    assert trace.expert in {"films", "books"}
    assert trace.weights.keys() == {"films", "books"}
    assert sum(trace.weights.values()) == pytest.approx(1)
    assert trace.expert_scores.keys() == trace.complement_scores.keys() == set(names)
    assert trace.expert == max(trace.weights, key=lambda name: trace.weights[name])
    assert 0 <= trace.complement_share <= 1
    assert trace.alpha is not None
    assert 0 < trace.alpha < 1


class Weighing(WeightsHead):
    """Weights (ORDERS, 2) that it is told, whatever was read."""

    def __init__(self, told: list[list[float]]) -> None:
        super().__init__(1, 2)
        self._told = torch.tensor(told)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self._told


def test_where_orders_disagree_the_expert_told_of_has_the_largest_share(
    settings: CausalSettings,
) -> None:
    models = load_members(replace(settings, head=None, alpha=None, untrained=True))
    head = Weighing([[0.01, 0.0], [0.01, 0.0], [0.0, 3.0]])  # two by a little, one by far
    system = CausalSystem(
        policy=RoutedPolicy(models.router, head, models.experts),
        vocabulary=models.vocabulary,
        device=models.device,
        experts=models.names,
    )

    trace = LabelLists(system, orders=ORDERS).rank(PERSON, candidates(5), asked).trace

    assert trace is not None
    assert trace.expert == "books"
    assert trace.weights["books"] > 0.6


def test_one_model_alone_ranks_without_a_trace(settings: CausalSettings) -> None:
    alone = CausalSettings(router=settings.router, dtype="fp32", device="cpu")

    made = LabelLists(load(alone), orders=1).rank(PERSON, candidates(3), asked)

    assert made.trace is None
    assert sorted(made.scores) == candidates(3)


def test_a_vocabulary_without_letters_is_refused(settings: CausalSettings, tmp_path: Path) -> None:
    save_model(tiny(), tmp_path / "mute")
    mute = load(CausalSettings(router=str(tmp_path / "mute"), dtype="fp32", device="cpu"))

    with pytest.raises(LabelNotOneToken, match="'A'"):
        LabelLists(mute, orders=1)


def test_a_question_longer_than_the_model_reads_is_refused(
    settings: CausalSettings, tmp_path: Path
) -> None:
    save_model(tiny(max_position_embeddings=40), tmp_path / "short", WORDS)
    short = load(CausalSettings(router=str(tmp_path / "short"), dtype="fp32", device="cpu"))

    with pytest.raises(ContextTooLong):
        LabelLists(short, orders=1).rank(PERSON, candidates(MOST_LABELS), asked)


def test_a_question_longer_than_there_is_room_for_is_refused(settings: CausalSettings) -> None:
    names = candidates(MOST_LABELS)
    roomy, narrow = (replace(settings, longest=longest) for longest in (64, 40))
    assert LabelLists(load(roomy), orders=1).rank(PERSON, names, asked).scores

    with pytest.raises(
        ContextTooLong, match=r"more than the 40 a row that room was .* CREDENCE_CAUSAL_LONGEST"
    ):
        LabelLists(load(narrow), orders=1).rank(PERSON, names, asked)


def templated(template: str | None) -> Vocabulary:
    tokenizer = a_tokenizer(WORDS, VOCABULARY)
    tokenizer.chat_template = template
    return Vocabulary(tokenizer, "tiny")


TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}w1 {{ m.content }} w2{% endfor %}"
    "{% if add_generation_prompt %} w3{% if enable_thinking is false %} w4{% endif %} {% endif %}"
)


def test_a_chat_template_stands_around_the_whole_question() -> None:
    speaks = templated(TEMPLATE)
    dialogue = Dialogue.of(speaks)

    whole = [*dialogue.first("w10"), *dialogue.further("w11")]

    assert whole == speaks.further("<s> w1 w10 w11 w2 w3 w4 Answer :")


def test_without_a_chat_template_the_question_is_asked_as_it_is() -> None:
    dialogue = Dialogue.of(speaks := templated(None))

    assert dialogue.first("w10") == speaks.first("w10")
    assert dialogue.further("w11") == speaks.further("w11 Answer :")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("w1", "once"),
        ("{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}", "once"),
        ("{{ raise_exception('no system here') }}", "no system here"),
    ],
)
def test_a_chat_template_that_cannot_be_used_is_refused(template: str, why: str) -> None:
    with pytest.raises(DamagedModelFile, match=why):
        Dialogue.of(templated(template))


def test_experts_of_the_same_last_name_are_told_apart(
    settings: CausalSettings, tmp_path: Path
) -> None:
    twin = save_model(tiny(seed=8, **ROOM), tmp_path / "more" / "films", WORDS)
    system = load(replace(settings, experts=(settings.experts[0], str(twin))))

    assert system.experts == (settings.experts[0], str(twin))
