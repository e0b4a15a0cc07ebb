"""The study of a routed model on toy exams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from credence.inference.listwise.bundle import Bundle
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.router import ListRouter
from credence.replay.encoded import RememberedEncoder
from credence.replay.routed.study import LINEAR, WHOLE, exams, main, report
from credence.replay.split import Half, half
from credence.replay.study import Negatives
from tests.unit.replay.routed.recorded import SIZE, Listening, a_recorded_domain, secret_of


def a_bundle() -> Bundle:
    """A generalist and one expert that have learnt nothing."""
    torch.manual_seed(0)
    shape = {"dimension": SIZE, "pair": 4, "chunk": 4, "width": 8, "hidden": 4}
    experts = {name: Network(Shape(**shape)).eval() for name in ("generalist", "films")}
    router = ListRouter(Network(Shape(**shape, homes=1)), 2).eval()
    return Bundle(version="toy", experts=experts, router=router, homes=("toy",))


async def test_every_part_sits_every_exam_and_the_report_has_them_all(tmp_path: Path) -> None:
    domain = a_recorded_domain(tmp_path, "toy", people=16)
    listening = Listening()

    found = await exams(tmp_path, a_bundle(), RememberedEncoder(listening), seed=0)

    examined = tuple(p.user_id for p in domain.people if half("toy", p.user_id) is Half.EXAM)
    assert [(e.negatives, e.asked) for e in found] == [
        (Negatives.RANDOM, True),
        (Negatives.RANDOM, False),
    ]  # nobody has a matched list
    for exam in found:
        assert exam.user_ids == examined
        assert {"generalist alone", "films alone", LINEAR, WHOLE} < set(exam.ranks)
        assert len(exam.ranks) == 8
        assert np.mean(exam.ranks[LINEAR] == 1) > 0.5  # it knows what the others have yet to learn
    assert not {secret_of(p.user_id) for p in domain.people} & listening.heard

    text = report(found, seed=0)
    for exam in found:
        for system in exam.ranks:
            assert f"\n| {system} | " in text
    assert text.count("| toy, random, with instruction | ") == 2
    assert text.count("| toy, random, without instruction | ") == 2
    assert "nan" not in text


def test_a_model_that_is_missing_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path), "--model", str(tmp_path / "nowhere")]) == 1

    assert "nowhere" in capsys.readouterr().err
