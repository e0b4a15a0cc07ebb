"""Texts written token by token, against the obvious reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from credence.inference.causal.load import CausalSystem, load
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.texts import ModelText, Texts, Unwanted
from credence.inference.causal.vocabulary import Vocabulary
from credence.inference.errors import ContextTooLong
from credence.inference.routing.decode import Decoded, Sampling
from credence.inference.routing.fusion import complement_share
from credence.inference.routing.heads import save_alpha, save_head
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from tests.unit.inference.causal.models import (
    VOCABULARY,
    a_head,
    a_tokenizer,
    an_alpha,
    save_model,
    tiny,
)
from tests.unit.inference.causal.obvious import Obvious

ROOM: dict[str, Any] = {"max_position_embeddings": 256}
WORDS = (*(f"w{at}" for at in range(VOCABULARY - 6)), "Answer", ":")
MODELS = ("router", "films", "books", "reward")
SEEDS = dict(zip(MODELS, (0, 5, 6, 7), strict=True))
ASKED = "w9 w2 w6"
SPEAKS = Vocabulary(a_tokenizer(WORDS), "tiny")
PROMPT = SPEAKS.first(f"{ASKED} Answer :")
LONG = 40  # tokens: passes are recorded within


@pytest.fixture
def settings(tmp_path: Path) -> CausalSettings:
    """A router, two experts and a reward model of one vocabulary, whose passes are run each time.

    That is loaded more quickly, and says the same.
    """
    for name, seed in SEEDS.items():
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
        decoding=False,
    )


def written(system: CausalSystem, *, most: int = LONG, asked: str = ASKED) -> ModelText:
    return Texts(system).write(asked, most=most, wanted=lambda: True)


def modules() -> list[Any]:
    return [tiny(seed=seed, **ROOM) for seed in SEEDS.values()]


def obvious(prompt: Sequence[int] = PROMPT, *, most: int = LONG) -> Decoded:
    router, films, books, reward = modules()
    reference = Obvious(router, a_head(2), [films, books], reward, an_alpha())
    return reference.decode(prompt, Sampling(longest=most), 0)


def obvious_share(decoded: Decoded) -> float:
    """The mean over the tokens, of every model's whole pass."""
    router, *experts, _ = modules()
    shares, ids = [], PROMPT
    for label, route in zip(decoded.labels, decoded.routes, strict=True):
        with torch.no_grad():
            own, theirs = (
                one(torch.tensor([ids]), use_cache=False).logits[:, -1]
                for one in (router, experts[route])
            )
        shares.append(float(complement_share(theirs, own)))
        ids = [*ids, label]
    return sum(shares) / len(shares)


def renamed(folder: Path, at: int, word: str) -> None:
    """Let all models mean this word by the token, in texts that they write."""
    words = list(WORDS)
    words[at - 4] = word  # after the special tokens
    for name in MODELS:
        a_tokenizer(words).save_pretrained(folder / name)


def first_of(labels: Sequence[int], after: int) -> int:
    """Where a token stands that occurs after so many others for the first time, and not asked."""
    asked = {4 + int(word[1:]) for word in ASKED.split()}
    return next(
        at
        for at, label in enumerate(labels)
        if at >= after and label not in {*labels[:at], *asked} and 4 <= label < VOCABULARY - 2
    )


def test_a_text_is_what_the_obvious_reference_decodes_and_says_how_it_came_about(
    settings: CausalSettings,
) -> None:
    made = written(load(replace(settings, decoding=True)))

    expected = obvious()
    assert made.text == SPEAKS.text(expected.labels)
    assert (made.tokens, made.cut) == (LONG, True)
    assert made.trace.experts == {
        name: pytest.approx(expected.routes.count(at) / LONG)
        for at, name in enumerate(("films", "books"))
    }
    assert len(set(expected.routes)) == 2
    assert list(made.trace.experts.values()) == sorted(made.trace.experts.values(), reverse=True)
    assert made.trace.alpha == pytest.approx(sum(expected.alphas) / LONG, abs=1e-4)
    assert made.trace.complement_share == pytest.approx(obvious_share(expected), abs=1e-4)


def test_models_that_are_to_write_nothing_are_neither_stacked_nor_recorded_and_say_the_same(
    settings: CausalSettings,
) -> None:
    plain, recorded = load(settings), load(replace(settings, decoding=True))

    assert isinstance(base_of(plain.policy), RoutedPolicy)
    assert not isinstance(base_of(recorded.policy), RoutedPolicy)
    assert written(plain).text == written(recorded).text
    assert base_of(plain.policy)._router.recorder is None  # type: ignore[attr-defined]


def base_of(policy: Policy[Any]) -> object:
    assert isinstance(policy, SteeredPolicy)
    return policy._base


def test_one_model_alone_routes_nothing_and_nothing_steers(settings: CausalSettings) -> None:
    alone = CausalSettings(router=settings.router, dtype="fp32", device="cpu", longest=64)

    made = written(load(alone), most=5)

    assert made.tokens == 5
    assert (made.trace.experts, made.trace.complement_share, made.trace.alpha) == ({}, None, None)


def test_a_text_ends_where_the_models_end_it(settings: CausalSettings, tmp_path: Path) -> None:
    labels = obvious().labels
    at = first_of(labels, after=3)
    for name in MODELS:
        tokenizer = a_tokenizer(WORDS)
        tokenizer.eos_token = WORDS[labels[at] - 4]
        tokenizer.save_pretrained(tmp_path / name)

    made = written(load(settings))

    assert (made.tokens, made.cut) == (at + 1, False)
    assert made.text == SPEAKS.text(labels[:at])


@pytest.mark.parametrize("line", ["\n\n", "\n \n", "\r\n\r\n"])
def test_a_text_ends_at_a_blank_line(settings: CausalSettings, tmp_path: Path, line: str) -> None:
    labels = obvious().labels
    at = first_of(labels, after=3)
    renamed(tmp_path, labels[at], line)

    made = written(load(settings))

    assert (made.tokens, made.cut) == (at + 1, False)
    assert made.text == SPEAKS.text(labels[:at])


def test_a_blank_line_before_the_first_word_ends_nothing(
    settings: CausalSettings, tmp_path: Path
) -> None:
    labels = obvious().labels
    at = first_of(labels, after=0)
    assert at == 0
    renamed(tmp_path, labels[0], "\n\n")

    made = written(load(settings), most=3)

    assert (made.tokens, made.cut) == (3, True)


def test_one_end_of_a_line_ends_nothing(settings: CausalSettings, tmp_path: Path) -> None:
    labels = obvious().labels
    at = first_of(labels, after=3)
    renamed(tmp_path, labels[at], "\n")

    made = written(load(settings), most=at + 1)

    assert (made.tokens, made.cut) == (at + 1, True)


def test_nothing_is_written_for_nobody(settings: CausalSettings) -> None:
    asked = []

    def wanted() -> bool:
        asked.append(1)
        return len(asked) < 4

    with pytest.raises(Unwanted):
        Texts(load(settings)).write(ASKED, most=LONG, wanted=wanted)
    assert len(asked) == 4


def test_a_question_that_is_too_long_is_said_to_be(settings: CausalSettings) -> None:
    with pytest.raises(ContextTooLong):
        written(load(settings), asked="w1 " * 400)


def test_with_a_chat_template_the_model_begins_its_turn_itself(
    settings: CausalSettings, tmp_path: Path
) -> None:
    template = "{% for one in messages %}w7 {{ one.content }} {% endfor %}w8"
    for name in MODELS:
        tokenizer = a_tokenizer(WORDS)
        tokenizer.chat_template = template
        tokenizer.save_pretrained(tmp_path / name)

    made = written(load(settings), most=6)

    expected = obvious(SPEAKS.further(f"w7 {ASKED} w8"), most=6)
    assert made.text == SPEAKS.text(expected.labels)
