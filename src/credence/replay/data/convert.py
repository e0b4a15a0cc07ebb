"""Converts recorded domains to Parquet, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from credence.replay.data.check import Checked, check_domain
from credence.replay.data.new_folder import new_folder, refuse_taken
from credence.replay.data.write import write_domain
from credence.replay.errors import MalformedData
from credence.replay.loaders.instructrec import domain_folder, domain_folders
from credence.replay.people import Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What became of one folder."""

    folder: Path
    checked: Checked
    out: Path | None  # where the Parquet files are, if any were asked for


def read_all(folder: Path, *, out: Path | None, without_broken: bool) -> tuple[Converted, ...]:
    """Check every domain of `folder`, and write those of `out`, where it is named, as Parquet.

    `out` gets the shape of `folder`: one domain, or a folder for each. With
    `without_broken` people who make no exam are left out; otherwise a domain that has any is not
    written. Raises ReplayError.
    """
    if out is not None:
        refuse_taken(out)
    folders = domain_folders(folder)
    alone = folders == [folder]
    if out is None:
        return tuple(Converted(folder=one, checked=check_domain(one), out=None) for one in folders)
    with new_folder(out) as partial:
        done = []
        for one in folders:
            targets = domain_folder(one).training_targets()  # before the rest takes up memory
            checked = check_domain(one)
            name = checked.domain.name
            _refuse_broken(checked, without_broken=without_broken)
            _write(checked, targets, partial if alone else partial / name)
            done.append(Converted(folder=one, checked=checked, out=out if alone else out / name))
    return tuple(done)


def _refuse_broken(checked: Checked, *, without_broken: bool) -> None:
    if checked.broken and not without_broken:
        raise MalformedData(
            f"{len(checked.broken)} people of {checked.domain.name} make no exam "
            f"({checked.broken[0].why}); --without-broken leaves them out"
        )


def _write(checked: Checked, targets: Mapping[str, Interaction], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    kept = {person.user_id for person in checked.domain.people}
    write_domain(
        folder,
        checked.domain,
        training_targets={user_id: done for user_id, done in targets.items() if user_id in kept},
        item_names=checked.source.item_names(),
        told={
            "left_out": [one.user_id for one in checked.broken],
            "made_of": {path.name: _sha256(path) for path in checked.source.files},
        },
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
