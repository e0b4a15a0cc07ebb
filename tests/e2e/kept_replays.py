"""A folder of replays as they come to lie there: finished, cut off, damaged, and hostile.

Answers are made up from a seed; runs, audits, figures and reports are written and counted by the
code that `credence replay` runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from credence.replay.audit.checks import write_audit
from credence.replay.audit.finding import Finding, Outcome
from credence.replay.evolving.figures.found import found
from credence.replay.evolving.figures.writing import write
from credence.replay.evolving.folder import Study
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.writing import write_figures
from credence.replay.report.write import write_report
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.reading import read_run
from tests.e2e.world import ATTACK, LONG, TURNED
from tests.unit.replay.evolving.walks import a_study, a_walk, written
from tests.unit.replay.figures.runs import a_run, an_exam, answers, write_run
from tests.unit.replay.shown.studies import an_evolving_study, write_study

HOSTILE = f"<b onclick=1> & %2e {TURNED}"  # a name that a folder may have
_SKILLS = {"bm25": 0.0, "sasrec": 1.5, "credence": 3.0, "credence:no-chunks": 2.0}
_COMMAND = (
    "credence replay run exams/films-released.json exams/films-near.json --data films --out runs "
    f"--systems {','.join(_SKILLS)}"
)
_POLICIES = {"adaptive": 5.0, "fixed-3": 4.0, "fixed-10": 2.5, "never": 1.0}
_STEPS, _SPLICE = 24, 14
_FINDINGS = (
    Finding(number=1, name="read-only", outcome=Outcome.PASSED, detail="closed to writers"),
    Finding(
        number=9,
        name="rounding",
        outcome=Outcome.NOTED,
        detail="3 of 40 people have equal scores at the top; ties go by the seed",
    ),
)
_FAILED = Finding(
    number=6,
    name="leaked",
    outcome=Outcome.FAILED,
    detail="the target's title stands in the instruction of 2 people",
    people=("u0003", "u0017"),
)


def write_replays(folder: Path) -> None:
    """All of them."""
    write_study(folder / "one")
    write_study(folder / "other", better=1.0)
    an_evolving_study(folder / "evolving")
    _written(folder / "films june", _films("films"))
    _written(folder / "films july", _films("films", better=1.0), plumbing_only=True)
    _walked(folder / "tastes that change")
    _cut_off(folder / "cut off")
    _damaged(folder / "damaged")
    hostile = _films(f"{ATTACK} {TURNED}", systems={ATTACK: 0.0, LONG[:150]: 2.0, "credence": 3.0})
    _written(folder / HOSTILE, hostile, command=f"{ATTACK} {LONG[:2_000]}", commit=LONG[:80])


Sat = Mapping[str, tuple[FrozenExam, Mapping[str, float]]]


def _films(domain: str, *, systems: Mapping[str, float] = _SKILLS, better: float = 0.0) -> Sat:
    """Two exams by the name of their run, and how good each system is."""
    skills = {system: skill + better for system, skill in systems.items()}
    return {
        f"films-{negatives.value}": (
            an_exam(people=40, domain=domain, negatives=negatives, instructed=instructed),
            skills,
        )
        for negatives, instructed in ((Negatives.RELEASED, True), (Negatives.NEAR, False))
    }


def _written(folder: Path, sat: Sat, **manifest: Any) -> None:
    """A study that is whole: runs, audits, figures, report."""
    runs = [_run(folder / "runs" / name, *of, **manifest) for name, of in sat.items()]
    counted = count_exams([read_run(run.folder) for run in runs])
    draws = count_draws(counted)
    write_report(counted, draws, folder / "report.html")
    write_figures(counted, draws, folder)


def _run(
    folder: Path, exam: FrozenExam, skills: Mapping[str, float], **manifest: Any
) -> FinishedRun:
    records = {
        system: answers(exam, skill=skill, seed=seed, failing=0.05 if seed else 0.0)
        for seed, (system, skill) in enumerate(skills.items())
    }
    run = a_run(exam, records, folder=folder)
    run = replace(run, manifest=replace(run.manifest, **{"command": _COMMAND} | manifest))
    write_run(run)
    write_audit(_FINDINGS, folder, answers=read_run(folder).answers)
    return run


def _walked(folder: Path) -> None:
    """Twelve people's tastes followed, each until it becomes another's, and on."""
    study = _study()
    written(study, folder)
    write(found(study), folder)


def _study() -> Study:
    rng = np.random.default_rng(0)
    systems = {f"credence:{name}": sharpness for name, sharpness in _POLICIES.items()}
    study = a_study(
        {
            system: [
                a_walk(f"p{number}", ranks, splice=_SPLICE, operations=10)
                for number, ranks in enumerate(_ranks(rng, sharpness))
            ]
            for system, sharpness in systems.items()
        },
        spliced=True,
        domain="films",
        questions=12 * _STEPS,
        others="everybody of the training half, whole and from the start",
    )
    command = "credence replay evolve --data films --domain films --out study --spliced"
    return replace(study, manifest=replace(study.manifest, command=command))


def _ranks(rng: np.random.Generator, sharpness: float) -> list[list[int]]:
    """Better with every step, and lost for a while after the change."""
    since = [step if step < _SPLICE else step - _SPLICE for step in range(_STEPS)]
    known = [sharpness * (1 - 0.8 ** (1 + steps)) for steps in since]
    return [[1 + int(min(9, rng.exponential(9 / (1 + much)))) for much in known] for _ in range(12)]


def _cut_off(folder: Path) -> None:
    """A run that was killed, and one whose audit failed; nothing is counted yet."""
    for name, (exam, skills) in _films("films").items():
        _run(folder / "runs" / name, exam, skills)
    near = folder / "runs" / "films-near"
    write_audit((*_FINDINGS, _FAILED), near, answers=read_run(near).answers)
    kept = folder / "runs" / "films-released" / "answers" / "sasrec.jsonl"
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(lines[:17]), encoding="utf-8")


def _damaged(folder: Path) -> None:
    write_study(folder)
    figures = folder / "figures.json"
    figures.write_bytes(figures.read_bytes()[:200])
