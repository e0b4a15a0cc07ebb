"""Systems in worlds so small that their scores can be worked out by hand."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Item
from credence.replay.ranks import target_rank
from credence.replay.systems.bm25 import Bm25
from credence.replay.systems.both import both, standardised
from credence.replay.systems.chance import chance
from credence.replay.systems.encoder import Encoder
from credence.replay.systems.interactions import Interactions
from credence.replay.systems.item_knn import item_knn
from credence.replay.systems.popularity import popularity
from credence.replay.systems.recency import recency
from credence.replay.systems.tfidf import TfIdf
from credence.replay.systems.words import words
from tests.unit.replay.systems.material import (
    a_catalogue,
    a_material,
    answers,
    asked,
    did,
    world,
)


def items(**texts: str) -> dict[str, Item]:
    return {
        name: Item(item_id=name, title=text, description="", categories=(), creators=())
        for name, text in texts.items()
    }


def test_popularity_counts_other_people_and_each_of_them_once() -> None:
    donors = {"a": did("0", "0", "1"), "b": did("0"), "me": did("1", "2")}

    scores = popularity(donors)(asked("0", "1", "2", "3", user_id="me"))

    assert scores.tolist() == [2, 1, 0, 0]


def test_recency_is_the_latest_day_on_which_somebody_else_came_to_an_item() -> None:
    donors = {"a": did("0", "1", day=0), "b": did("0", day=5), "me": did("1", day=9)}

    scores = recency(donors)(asked("0", "1", "2", user_id="me"))

    assert scores.tolist() == [6, 2, 0]


def test_recency_without_times_is_the_mean_place_in_others_histories() -> None:
    donors = {"a": did("0", "1", "2"), "b": did("2", "1"), "me": did("2")}

    scores = recency(donors)(asked("0", "1", "2", "3", user_id="me"))

    assert scores.tolist() == [1, 1.75, 1.5, 0]


def test_recency_passes_over_what_has_no_time_where_others_have() -> None:
    donors = {"a": did("0", day=3), "b": did("1")}

    assert recency(donors)(asked("0", "1")).tolist() == [1, 0]


def test_item_knn_sums_cosines_over_the_history_without_the_persons_own_row() -> None:
    donors = {"a": did("0", "1"), "b": did("0", "2"), "c": did("0"), "me": did("0", "1")}
    scorer = item_knn(Interactions.of(donors))

    scores = scorer(asked("2", "1", "9", history=did("0", "1", "0"), user_id="me"))

    # 0 was had by a, b and c, 1 by a, 2 by b: 2 goes with 0 once, 1 with 0 once and with itself.
    assert scores == pytest.approx([1 / sqrt(3), 1 / sqrt(3) + 1, 0])


def test_words_leave_out_marks_short_runs_and_the_commonest() -> None:
    assert words("The HEIST, of 1999 & a spy_film!") == ["heist", "1999", "spy", "film"]
    assert words("Of the") == ["of the"]
    assert words("") == [""]


def test_tfidf_is_the_cosine_of_weighed_words() -> None:
    space = TfIdf(items(a="red car", b="blue car", c="green boat"))
    car, red = log(4 / 3) + 1, log(4 / 2) + 1
    length = sqrt(car**2 + red**2)

    scores = space.by_instruction(asked("a", "b", "c", instruction="a car, the Car"))
    likeness = space.by_history(asked("a", "b", "c", history=did("a")))

    assert scores == pytest.approx([car / length, car / length, 0])
    assert likeness == pytest.approx([1, car**2 / length**2, 0])


def test_bm25_weighs_rare_words_more_and_repeated_ones_less_each_time() -> None:
    index = Bm25(items(a="red car", b="blue car", c="red boat red", d="tree"))

    by_word = index.by_instruction(asked("a", "b", "c", "d", instruction="the blue car"))
    by_history = index.by_history(asked("a", "b", "c", "d", history=did("b")))

    car = log(1 + (4 - 2 + 0.5) / (2 + 0.5)) / (1 + 1.5 * (0.25 + 0.75 * 2 / 2))
    blue = log(1 + (4 - 1 + 0.5) / (1 + 0.5)) / (1 + 1.5 * (0.25 + 0.75 * 2 / 2))
    assert by_word == pytest.approx([car, car + blue, 0, 0])
    assert by_history == pytest.approx(by_word)


def test_the_encoder_compares_plain_vectors_with_the_mean_of_the_history() -> None:
    _, material = world(2)
    encoder = Encoder(material.encoded, material.encode)
    plain = material.encoded.plain

    scores = encoder.by_history(asked("3", "4", history=did("0", "1")))

    towards = (plain["0"] + plain["1"]) / 2
    assert scores == pytest.approx([plain["3"] @ towards, plain["4"] @ towards])


def test_chance_is_even_and_differs_between_people_and_seeds() -> None:
    catalogue = a_catalogue(1)
    ten = tuple(str(n) for n in range(10))
    scorer = chance(a_material(catalogue, donors={}, seed=1))

    drawn = np.array([scorer(asked(*ten, user_id=f"u{n}")) for n in range(2_000)])

    assert len(np.unique(drawn)) == drawn.size
    assert np.mean(drawn.argmax(axis=1) == 4) == pytest.approx(0.1, abs=0.02)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    other = chance(a_material(catalogue, donors={}, seed=2))
    assert other(asked(*ten, user_id="u0")).tolist() != drawn[0].tolist()


def test_chance_does_not_follow_the_lots_that_break_ties() -> None:
    ten = tuple(str(n) for n in range(10))
    scorer = chance(a_material(a_catalogue(1), donors={}))
    ranks = []
    for n in range(300):
        first = ten[int(scorer(asked(*ten, user_id=f"u{n}")).argmax())]
        ranks.append(target_rank(np.zeros(10), ten, first, user_id=f"u{n}", seed=0))

    assert np.mean(ranks) == pytest.approx(5.5, abs=0.6)


def test_both_is_the_mean_of_z_scores_and_a_part_without_an_opinion_has_no_say() -> None:
    rising = both(lambda _: np.array([0.0, 2.0]), lambda _: np.array([0.0, 100.0]))
    split = both(lambda _: np.array([0.0, 2.0]), lambda _: np.array([1.0, 0.0]))
    alone = both(lambda _: np.array([0.0, 2.0]), lambda _: np.array([7.0, 7.0]))
    question = asked("0", "1")

    assert rising(question).tolist() == [-1, 1]
    assert split(question).tolist() == [0, 0]
    assert alone(question).tolist() == [-0.5, 0.5]


SCORES = st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=20)


@given(scores=SCORES, scale=st.floats(0.01, 100), offset=st.integers(-100, 100))
def test_z_scores_do_not_depend_on_scale_and_offset(
    scores: list[int], scale: float, offset: int
) -> None:
    plain = standardised(np.array(scores, dtype=np.float64))
    moved = standardised(np.array(scores, dtype=np.float64) * scale + offset)

    assert moved == pytest.approx(plain, abs=1e-6)
    assert plain.mean() == pytest.approx(0, abs=1e-9)
    assert plain.std() == pytest.approx(float(len(set(scores)) > 1), abs=1e-9)


@given(value=st.floats(-1e6, 1e6), size=st.integers(1, 20))
def test_equal_scores_have_no_spread_however_they_round(value: float, size: int) -> None:
    assert standardised(np.full(size, value)).tolist() == [0] * size


async def test_sasrec_learns_an_order_that_popularity_cannot_see() -> None:
    donors = {
        f"p{n}": did(*(str((n + step) % 20) for step in range(4 + n % 5))) for n in range(100)
    }
    material = a_material(a_catalogue(20), donors=donors)
    right: dict[str, list[bool]] = {"sasrec": [], "popularity": []}
    questions = [
        asked(*map(str, range(20)), history=did(*(str((n + s) % 20) for s in range(5))))
        for n in range(20)
    ]

    for name, hits in right.items():
        for n, scores in enumerate(await answers(name, material, *questions)):
            hits.append(int(np.argmax(scores)) == (n + 5) % 20)

    assert np.mean(right["sasrec"]) > 0.9
    assert np.mean(right["popularity"]) < 0.2
