from __future__ import annotations

import pytest
import torch

from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.unrouted import SinglePolicy
from tests.unit.inference.routing.oracles import Contexts, Oracle, a_head, babbler

PROMPTS = [[1], [2, 3, 4], [5, 6], [7]]


def _policy() -> RoutedPolicy[Contexts]:
    return RoutedPolicy(babbler(1), a_head(2), [babbler(10), babbler(11)])


@pytest.mark.parametrize(
    "how",
    [
        Sampling(longest=12),
        Sampling(longest=12, ends=frozenset({0, 1, 2})),
        Sampling(longest=12, temperature=0.8, top_p=0.9, seed=5, ends=frozenset({3})),
    ],
)
def test_a_batch_says_what_each_row_says_alone(how: Sampling) -> None:
    together = decode(_policy().open(PROMPTS), how)
    alone = [
        decode(_policy().open([prompt]), how, keys=[key])[0] for key, prompt in enumerate(PROMPTS)
    ]
    assert together == alone


def test_a_finished_row_is_no_longer_run() -> None:
    model = babbler(1)
    how = Sampling(longest=12, ends=frozenset({0, 1, 2}))

    texts = decode(SinglePolicy(model).open(PROMPTS), how)

    lengths = [len(text.labels) for text in texts]
    assert len(set(lengths)) > 1
    assert [len(call) for call in model.asked] == [
        sum(length > step for length in lengths) for step in range(max(lengths))
    ]
    for text in texts:
        assert (text.labels[-1] in how.ends) or len(text.labels) == how.longest
        assert not how.ends & set(text.labels[:-1])


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    texts = [
        decode(_policy().open(PROMPTS), Sampling(longest=9, temperature=1.0, seed=seed))
        for seed in (0, 0, 1)
    ]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_rows_with_the_same_prompt_draw_apart() -> None:
    texts = decode(_policy().open([[1]] * 3), Sampling(longest=9, temperature=1.5))
    assert texts[0] != texts[1] != texts[2]


def test_samples_follow_the_probabilities_within_the_nucleus() -> None:
    likely = torch.tensor([0.4, 0.05, 0.3, 0.25])
    model = Oracle(lambda _: likely.log(), labels=4)
    how = Sampling(longest=1, temperature=1.0, top_p=0.65)

    texts = decode(SinglePolicy(model).open([[1]] * 3000), how)

    seen = torch.tensor([text.labels[0] for text in texts]).bincount(minlength=4) / 3000
    assert seen[1] == seen[3] == 0  # 0.4 and 0.3 already make 0.65
    assert seen[0].item() == pytest.approx(4 / 7, abs=0.03)


def test_a_low_temperature_comes_close_to_greedy() -> None:
    cold = decode(_policy().open(PROMPTS), Sampling(longest=9, temperature=1e-3))
    greedy = decode(_policy().open(PROMPTS), Sampling(longest=9))
    assert [text.labels for text in cold] == [text.labels for text in greedy]


@pytest.mark.parametrize("wrong", [{"longest": 0}, {"temperature": -1.0}, {"top_p": 0.0}])
def test_impossible_sampling_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="longest must be"):
        Sampling(**({"longest": 1} | wrong))  # type: ignore[arg-type]
