"""Reads domains in the form of the InstructRec release, or converted from it to Parquet."""

from __future__ import annotations

from pathlib import Path

from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.converted import ConvertedFolder
from credence.replay.loaders.domain_folder import (
    Broken,
    DomainFolder,
    fault,
    repeated,
    stands_again,
)
from credence.replay.loaders.released import ReleasedFolder, needs
from credence.replay.people import Domain, Interaction, ReplayPerson


def load_domain(folder: Path) -> Domain:
    """The catalogue and people of one folder, in the order of its files.

    Raises FolderIncomplete if a needed file is missing, UnsafePickle or MalformedData if one does
    not hold what it should.
    """
    found = domain_folder(folder)
    people = tuple(_whole(person) for person in found.people())
    twice = repeated(person.user_id for person in people)
    if twice:
        raise MalformedData(stands_again(twice[0]))
    items = tuple(found.items())
    known = {item.item_id for item in items}
    for person in people:
        wrong = fault(person, known)
        if wrong is not None:
            raise MalformedData(wrong)
    return Domain(name=found.name, items=items, people=people)


def load_domains(folder: Path) -> tuple[Domain, ...]:
    """Every domain below `folder`, by name; `folder` may also be the folder of one domain."""
    return tuple(load_domain(path) for path in domain_folders(folder))


def load_training_targets(folder: Path) -> dict[str, dict[str, Interaction]]:
    """What people of the training half did last, by domain and person, with their own review.

    It may become part of what others remember of the item. Of the exam half, and of a domain kept
    for exams, nothing is returned: the rows of these people are passed over. Takes the folders that
    `load_domains` takes.
    """
    found = [domain_folder(path) for path in domain_folders(folder)]
    return {one.name: dict(one.training_targets()) for one in found}


def load_item_names(folder: Path, domain: str) -> dict[str, str]:
    """Item ids of a domain by the names that other folders know the items by.

    Raises FolderIncomplete if there is no such domain below `folder`.
    """
    for path in domain_folders(folder):
        found = domain_folder(path)
        if found.name == domain:
            return dict(found.item_names())
    raise FolderIncomplete(f"{folder} has no domain {domain}")


def domain_folders(folder: Path) -> list[Path]:
    """The folders of domains below `folder`, or `folder` alone if it is one itself."""
    if not folder.is_dir():
        raise FolderIncomplete(f"{folder} is not a folder. {needs(folder)}")
    if _is_domain(folder):
        return [folder]
    found = sorted(path for path in folder.iterdir() if path.is_dir() and _is_domain(path))
    if not found:
        raise FolderIncomplete(needs(folder))
    return found


def domain_folder(folder: Path) -> DomainFolder:
    """One domain, in the form in which the folder holds it."""
    if not ConvertedFolder.found_in(folder):
        return ReleasedFolder(folder)
    if ReleasedFolder.found_in(folder):
        raise MalformedData(f"{folder} holds a domain twice, as a pickle and in Parquet; keep one")
    return ConvertedFolder(folder)


def _is_domain(folder: Path) -> bool:
    return ReleasedFolder.found_in(folder) or ConvertedFolder.found_in(folder)


def _whole(person: ReplayPerson | Broken) -> ReplayPerson:
    if isinstance(person, Broken):
        raise MalformedData(person.why)
    return person
