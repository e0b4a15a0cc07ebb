"""Who is meant by two names on a command line: runs, systems in runs, or systems of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from credence.replay.errors import ReplayError
from credence.replay.figures.compare import Contender
from credence.replay.figures.errors import UnknownSystem
from credence.replay.runner.folder import MANIFEST, FinishedRun

Read = Callable[[Path], FinishedRun]


class NobodyMeant(ReplayError):
    """A name stands for neither a run nor a system."""


@dataclass(frozen=True, slots=True)
class _Named:
    """One name, read: a run, or a system, or both."""

    text: str
    run: FinishedRun | None
    system: str | None


def contenders(
    a: str, b: str, *, run: Path | None, read: Read
) -> tuple[tuple[Contender, Contender], ...]:
    """The pairs meant by `a` and `b`: RUN, RUN/SYSTEM, or SYSTEM where the run is known.

    Two runs are paired system by system of the same name. Raises NobodyMeant, UnknownSystem, and
    whatever `read` raises.
    """
    first, second = _named(a, read), _named(b, read)
    of_all = None if run is None else read(run)
    run_a = first.run or of_all or second.run
    run_b = second.run or of_all or first.run
    if run_a is None or run_b is None:
        raise NobodyMeant(
            f"neither {a!r} nor {b!r} is the folder of a run; add --run RUN for systems of one run"
        )
    if first.system is None and second.system is None:
        return _by_name(run_a, run_b)
    return ((_one(first, run_a, second), _one(second, run_b, first)),)


def _named(text: str, read: Read) -> _Named:
    path = Path(text)
    if (path / MANIFEST).is_file():
        return _Named(text, read(path), None)
    if (path.parent / MANIFEST).is_file() and path.parent != path and "/" in path.as_posix():
        return _Named(text, read(path.parent), path.name)
    return _Named(text, None, text)


def _one(named: _Named, run: FinishedRun, other: _Named) -> Contender:
    """A run alone means its system of the other's name."""
    system = named.system or other.system or ""
    if system not in run.records:
        raise UnknownSystem(system, tuple(run.records))
    return Contender(run=run, system=system)


def _by_name(a: FinishedRun, b: FinishedRun) -> tuple[tuple[Contender, Contender], ...]:
    pairs: Mapping[str, str] = {name: name for name in a.records if name in b.records}
    if not pairs and len(a.records) == len(b.records) == 1:
        pairs = dict(zip(a.records, b.records, strict=True))
    if not pairs:
        raise NobodyMeant(
            f"{a.folder} and {b.folder} have no system in common; name one of each as RUN/SYSTEM"
        )
    return tuple(
        (Contender(run=a, system=ours), Contender(run=b, system=theirs))
        for ours, theirs in pairs.items()
    )
