"""The study of what others add."""

from __future__ import annotations

import numpy as np
import pytest

from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import shipped_weights
from credence.replay.collaborative import EVERYTHING, ROWS, Row, report, row_weights, studies
from credence.replay.crowd import crowd_of
from credence.replay.encoded import RememberedEncoder, encode_domain
from tests.unit.replay.worlds import a_domain, toy_encode


async def test_a_study_sits_each_row_by_both_kinds_of_weights_for_each_least_number() -> None:
    encoder = RememberedEncoder(toy_encode)
    encoded = encode_domain(a_domain(60), encoder)
    crowd = crowd_of(encoded, {}, toy_encode)

    found = await studies(encoded, crowd, encoder, name="toy", leasts=[3, 1], seed=0)
    text = report(found, seed=0)

    assert [(study.weights, study.least) for study in found] == [
        ("shipped", 3),
        ("this domain's own", 3),
        ("shipped", 1),
        ("this domain's own", 1),
    ]
    (exam,) = found[0].exams  # there are no matched lists
    assert list(exam.ranks) == [row.name for row in ROWS]
    assert text.count("| toy | shipped | 3 | random |") == 1
    assert exam.sha256[:12] in text


def test_a_signal_that_is_off_weighs_nothing_and_the_others_as_shipped() -> None:
    weights = row_weights(Row("some", frozenset({"company"})), None)

    off = SIGNALS.index("company")
    assert weights.with_instruction[off] == weights.without_instruction[off] == 0
    kept = np.delete(weights.with_instruction, off)
    assert kept == pytest.approx(np.delete(shipped_weights().with_instruction, off))


def test_rows_name_signals_that_there_are_and_begin_with_all_of_them() -> None:
    assert ROWS[0] == Row(EVERYTHING)
    assert frozenset().union(*(row.off for row in ROWS)) < set(SIGNALS)
