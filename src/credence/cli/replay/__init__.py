"""`credence replay`: systems compared on exams that are frozen, audited and traceable."""

from __future__ import annotations

import typer

from credence.cli.replay.audit import audit
from credence.cli.replay.build import build
from credence.cli.replay.compare import compare
from credence.cli.replay.data import data
from credence.cli.replay.evolve import evolve
from credence.cli.replay.exam import exam
from credence.cli.replay.report import report
from credence.cli.replay.run import run
from credence.cli.replay.study import study
from credence.cli.replay.systems import systems

app = typer.Typer(
    no_args_is_help=True,
    help="Compare systems on recorded people: freeze an exam, have systems sit it, audit and "
    "report.",
)
for _command in (study, data, build, exam, systems, run, audit, report, compare, evolve):
    app.command()(_command)
