"""A digest of a domain's content, so that an exam is only sat on the data it was drawn from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from credence.memory.model import Item
from credence.replay.people import Domain, Interaction, ReplayPerson


def fingerprint(domain: Domain, donors: Mapping[str, Sequence[Interaction]]) -> str:
    """SHA-256 of items, people and all that may be learnt of them, in the order of their ids."""
    digest = hashlib.sha256(domain.name.encode())
    for part in _parts(domain, donors):
        digest.update(json.dumps(part, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def _parts(domain: Domain, donors: Mapping[str, Sequence[Interaction]]) -> Iterator[list[Any]]:
    for item in sorted(domain.items, key=lambda item: item.item_id):
        yield _item(item)
    for person in sorted(domain.people, key=lambda person: person.user_id):
        yield [*_person(person), [_done(one) for one in donors[person.user_id]]]


def _item(item: Item) -> list[Any]:
    return [item.item_id, item.title, item.description, [*item.categories], [*item.creators]]


def _person(person: ReplayPerson) -> list[Any]:
    """What else they took is only there where anything is: older data keeps its digest."""
    known = {person.target, *(done.item_id for done in person.history)}
    beside = sorted(person.dealt_with - known)
    return [
        person.user_id,
        person.instruction,
        person.target,
        [*person.candidates],
        None if person.candidates_matched is None else [*person.candidates_matched],
        *([beside] if beside else []),
    ]


def _done(done: Interaction) -> list[Any]:
    at = None if done.timestamp is None else done.timestamp.isoformat()
    told = [done.item_id, done.rating, done.review, at]
    if done.action is None and done.instruction is None:
        return told  # older data keeps its digest
    return [*told, done.action, done.instruction]
