"""One folder as a replay: whatever state it is in, it is shown, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from credence.app.replays import Kind, Replay, Run
from credence.replay.errors import ReplayError
from credence.replay.evolving.folder import MANIFEST as EVOLVING
from credence.replay.shown.counted import exams_of
from credence.replay.shown.runs import audited, moment, run_folders, run_of
from credence.replay.shown.walked import evolving_of
from credence.replay.shown.within import Within

FIGURES, REPORT = "figures.json", "report.html"
_MISMATCH = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
_MOST_RUNS = 200


def looks_like_one(folder: Path) -> bool:
    """Whether anything of a replay lies here."""
    named = ((folder / name).exists() for name in (FIGURES, REPORT, EVOLVING, "exams"))
    return any(named) or bool(run_folders(folder))


def stamp(folder: Path) -> tuple[object, ...]:
    """Differs when something changed that a replay is shown by."""
    return tuple(_stamps(folder))


def replay_of(folder: Path, name: str, within: Within) -> Replay:
    """The replay in a folder. Raises nothing for what is in it."""
    try:
        if (folder / EVOLVING).exists():
            return _evolving(folder, name, within)
        return _sat(folder, name, within)
    except ReplayError as error:
        return Replay(name=name, kind=Kind.UNKNOWN, trouble=str(error))
    except _MISMATCH as error:
        return Replay(
            name=name,
            kind=Kind.UNKNOWN,
            trouble=f"a file in it is not what a replay writes: {error!r}",
        )
    except OSError as error:
        return Replay(name=name, kind=Kind.UNKNOWN, trouble=f"cannot be read: {error.strerror}")


def _sat(folder: Path, name: str, within: Within) -> Replay:
    troubles, runs = [], list[Run]()
    folders = run_folders(folder)
    for place in folders[:_MOST_RUNS]:
        try:
            runs.append(run_of(place, within))
        except ReplayError as error:
            troubles.append(str(error))
        except _MISMATCH as error:
            troubles.append(f"{within.named(place)} is damaged: {error!r}")
    late = [run.name for run in runs if not run.finished]
    if late:
        troubles.append(f"not finished: {', '.join(late)}; run the command again, it goes on")
    found = Replay(
        name=name,
        kind=Kind.RUNS if folders else Kind.UNKNOWN,
        at=max((run.started_at for run in runs if run.started_at), default=None),
        domains=tuple(dict.fromkeys(run.domain for run in runs)),
        people=max((run.people for run in runs), default=0),
        systems=tuple(dict.fromkeys(system for run in runs for system in run.systems)),
        commits=tuple(dict.fromkeys(run.commit for run in runs if run.commit)),
        audit=audited(runs),
        has_report=within.has_file(folder / REPORT),
        runs=tuple(runs),
    )
    if (folder / FIGURES).exists():
        found = _counted(found, folder, within)
    elif folders:
        troubles.append("no figures yet: `credence replay report` makes them of the runs")
    elif (folder / "exams").is_dir():
        troubles.append("exams alone: nobody has sat them yet")
    else:
        troubles.append("nothing in it was written by a replay")
    if (folder / REPORT).exists() and not found.has_report:
        troubles.append(f"{REPORT} is no file of this folder, so it is not served")
    return replace(found, trouble="; ".join(troubles))


def _counted(found: Replay, folder: Path, within: Within) -> Replay:
    exams = exams_of(within.json(folder / FIGURES))
    names = dict.fromkeys(one.system for exam in exams for one in exam.systems)
    return replace(
        found,
        kind=Kind.STUDY,
        at=found.at or datetime.fromtimestamp((folder / FIGURES).stat().st_mtime, UTC),
        domains=tuple(dict.fromkeys(exam.domain for exam in exams)),
        people=max((exam.people for exam in exams), default=0),
        systems=tuple(names) or found.systems,
        exams=exams,
    )


def _evolving(folder: Path, name: str, within: Within) -> Replay:
    manifest = within.json(folder / EVOLVING)
    commit = str(manifest["commit"])
    found = Replay(
        name=name,
        kind=Kind.EVOLVING,
        at=moment(manifest["started_at"]),
        domains=(str(manifest["domain"]),),
        people=int(manifest["people"]),
        systems=tuple(map(str, manifest["systems"])),
        commits=(commit,) if commit else (),
        has_report=within.has_file(folder / REPORT),
    )
    if not (folder / FIGURES).exists():
        return replace(found, trouble="not finished: run the command again, it goes on")
    return replace(found, evolving=evolving_of(within.json(folder / FIGURES)))


def _stamps(folder: Path) -> Iterator[object]:
    paths = [folder / name for name in (FIGURES, REPORT, EVOLVING, "exams")]
    for run in run_folders(folder):
        paths += [run / "run.json", run / "audit.json", *sorted(run.glob("answers/*.jsonl"))]
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            yield None
        else:
            yield str(path), found.st_mtime_ns, found.st_size
