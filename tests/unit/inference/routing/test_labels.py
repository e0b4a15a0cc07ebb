from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from credence.inference.errors import NoAnswer
from credence.inference.routing.blend import FixedAlpha
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.labels import Question, Ranking, Windows, rank
from credence.inference.routing.linking import linked
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from credence.inference.routing.unrouted import SinglePolicy
from credence.inference.routing.windows import ring, shuffled, staircase
from tests.unit.inference.routing.oracles import Contexts, Oracle, a_head, noise

LABELS = 8  # a window's candidates are contexts of item numbers, answered by labels 0, 1, ...
PERSON = 1000


def _names(count: int) -> list[str]:
    return [f"item{index:03d}" for index in range(count)]


def _number(name: str) -> int:
    return int(name.removeprefix("item"))


def _ask(orders: Sequence[Sequence[str]]) -> Contexts:
    return [[_number(name) for name in order] for order in orders]


QUESTION: Question[Contexts] = Question(labels=range(LABELS), ask=_ask)


def _worth(number: int) -> float:
    return float(noise((number, 5), 1).item() * 3)


def _oracle(bias: float = 0.0, seed: int = 0) -> Oracle:
    """Knows what each candidate is worth; `bias` favours whatever is named first."""

    def says(ids: tuple[int, ...]) -> Tensor:
        named = ids[1:]
        logits = torch.full((LABELS + 1,), -3.0)
        for place, number in enumerate(named):
            logits[place] = _worth(number) - bias * place + seed * noise((seed, number), 1).item()
        return logits

    return Oracle(says, LABELS + 1)


def _rank(policy: Policy[Contexts], names: Sequence[str], windows: Windows) -> Ranking:
    return rank(policy.open([[PERSON]]), names, QUESTION, windows)


def _true(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: -_worth(_number(name)))


@pytest.mark.parametrize("count", [2, 5, 8, 9, 12, 30, 61])
@pytest.mark.parametrize("size", [2, 3, 8])
def test_a_model_that_knows_the_worth_gives_the_exact_order_and_scale(
    count: int, size: int
) -> None:
    names = _names(count)

    made = _rank(SinglePolicy(_oracle()), names, Windows(size=size, permutations=2))

    assert list(made.scores) == _true(names)
    worth = torch.tensor([_worth(_number(name)) for name in made.scores])
    assert torch.allclose(torch.tensor(list(made.scores.values())), worth.log_softmax(0), atol=1e-4)


def test_the_order_of_the_candidates_does_not_matter() -> None:
    names = _names(21)
    mixed = random.Random(3).sample(names, len(names))
    model, windows = _oracle(bias=0.7), Windows(size=6)

    assert _rank(SinglePolicy(model), names, windows) == _rank(SinglePolicy(model), mixed, windows)


def test_what_is_equal_is_ordered_by_id() -> None:
    flat = Oracle(lambda _: torch.zeros(LABELS), LABELS)
    for count in (5, 8, 23):
        names = _names(count)
        made = _rank(SinglePolicy(flat), names[::-1], Windows(size=8))
        assert list(made.scores) == names
        assert len(set(made.scores.values())) == 1
        assert made.scores[names[0]] == pytest.approx(-math.log(count), abs=1e-5)


def test_scores_are_log_probabilities_of_the_labels_alone() -> None:
    names = _names(6)
    made = _rank(SinglePolicy(_oracle()), names, Windows(size=8, permutations=1))
    assert sum(math.exp(score) for score in made.scores.values()) == pytest.approx(1, abs=1e-4)


def test_more_permutations_take_out_what_the_place_does() -> None:
    names = _names(8)

    def wrong(permutations: int) -> float:
        windows = Windows(size=8, permutations=permutations, seed=1)
        made = _rank(SinglePolicy(_oracle(bias=1.0)), names, windows)
        worth = torch.tensor([_worth(_number(name)) for name in made.scores]).log_softmax(0)
        return float((worth - torch.tensor(list(made.scores.values()))).abs().mean())

    assert wrong(30) < wrong(1) / 2


def test_every_candidate_is_asked_about_and_neighbours_meet() -> None:
    names = _names(30)
    made = _rank(SinglePolicy(_oracle()), names, Windows(size=8, permutations=1))

    together = [set(answer.order) for answer in made.answers]
    assert set().union(*together) == set(names)
    ranked = list(made.scores)
    for first, second in itertools.pairwise(ranked):
        assert any({first, second} <= window for window in together)
    assert len(together) <= 4 * 30 / 8 + 2


def test_how_many_run_together_changes_no_score_and_the_person_is_shared() -> None:
    names = _names(21)
    model = _oracle(bias=0.4)
    scores = [
        _rank(SinglePolicy(model), names, Windows(size=6, together=together)).scores
        for together in (1, 5, 100)
    ]
    assert scores[0] == scores[1] == scores[2]
    assert all(len(call) <= 100 for call in model.asked)
    assert all(ids[0] == PERSON for call in model.asked for ids in call)


def test_answers_tell_how_they_came_about() -> None:
    experts = [_oracle(seed=1), _oracle(seed=2)]
    base = RoutedPolicy(_oracle(), a_head(2), experts)
    policy = SteeredPolicy(base, _oracle(seed=3), FixedAlpha(0.25))

    made = _rank(policy, _names(5), Windows(size=8, permutations=4))

    assert {answer.route for answer in made.answers} == {0, 1}
    for answer in made.answers:
        assert answer.alpha == 0.25
        assert len(answer.weights) == 2
        assert answer.weights.index(max(answer.weights)) == answer.route
        assert answer.share is not None
        assert 0 < answer.share < 1
        assert sum(map(math.exp, answer.complement)) == pytest.approx(1, abs=1e-5)


def test_a_candidate_ruled_out_comes_last_and_spoils_no_score() -> None:
    def says(ids: tuple[int, ...]) -> Tensor:
        logits = torch.zeros(LABELS)
        for place, number in enumerate(ids[1:]):
            logits[place] = -torch.inf if number == 3 else -float(number)
        return logits

    made = _rank(SinglePolicy(Oracle(says, LABELS)), _names(6), Windows(size=8))

    assert list(made.scores) == [f"item00{at}" for at in (0, 1, 2, 4, 5, 3)]
    assert all(map(math.isfinite, made.scores.values()))


def test_short_lists_need_no_model() -> None:
    model = _oracle()
    assert _rank(SinglePolicy(model), [], Windows()).scores == {}
    assert _rank(SinglePolicy(model), ["item001"], Windows()).scores == {"item001": 0.0}
    assert model.asked == []


def test_what_cannot_be_asked_is_refused() -> None:
    policy = SinglePolicy(_oracle())
    with pytest.raises(ValueError, match="twice"):
        _rank(policy, ["item001", "item001"], Windows())
    with pytest.raises(ValueError, match="a window of 9 needs as many labels, got 8"):
        _rank(policy, _names(12), Windows(size=9))
    with pytest.raises(ValueError, match="2 candidates or more"):
        Windows(size=1)


@pytest.mark.parametrize("useless", [float("nan"), -math.inf])
def test_models_that_give_no_answer_give_no_ranking(useless: float) -> None:
    mute = Oracle(lambda _: torch.full((LABELS,), useless), LABELS)
    with pytest.raises(NoAnswer, match="3 of 3 rows got no usable logits"):
        _rank(SinglePolicy(mute), _names(5), Windows())
    with pytest.raises(NoAnswer):
        decode(SinglePolicy(mute).open([[1]]), Sampling(longest=3))


def test_windows_cover_and_link_everything() -> None:
    for count in range(2, 40):
        for size in range(2, 9):
            for windows in (ring(_names(count), size), staircase(_names(count), size)):
                linked_so_far, rest = set(windows[0]), [set(window) for window in windows[1:]]
                while near := [window for window in rest if window & linked_so_far]:
                    linked_so_far |= set().union(*near)
                    rest = [window for window in rest if window not in near]
                assert linked_so_far == set(_names(count))
                assert {len(window) for window in windows} == {min(size, count)}


def test_a_shuffle_depends_on_seed_turn_and_the_set_alone() -> None:
    names = _names(12)
    base = shuffled(names, seed=1, turn=0)
    assert shuffled(names[::-1], seed=1, turn=0) == base
    assert len({tuple(shuffled(names, seed=s, turn=t)) for s in range(3) for t in range(3)}) == 9
    assert sorted(base) == names


def test_linking_windows_that_disagree_takes_the_middle() -> None:
    scores = linked([{"a": 0.0, "b": -1.0}, {"a": 0.0, "b": -3.0}])
    assert scores["a"] - scores["b"] == pytest.approx(2, abs=1e-5)
    with pytest.raises(ValueError, match="nothing to link"):
        linked([])
