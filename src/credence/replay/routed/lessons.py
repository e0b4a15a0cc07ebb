"""What the routed model learns from: every domain's training people, as corpora."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from credence.app.listing import list_case
from credence.inference.listwise import recipe
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.corpus import CorpusBuilder
from credence.inference.listwise.lesson import Lesson
from credence.replay.crowd import Crowd, crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.fitting import Question
from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import (
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.people import Interaction
from credence.replay.positions import Position, positions
from credence.replay.preferences import preferences
from credence.replay.questions import put
from credence.replay.split import EXAM_ONLY

log = logging.getLogger(__name__)
FOLDS = 5
CANDIDATES = 10  # of every list: an exam's must be as long as those drawn for earlier choices
EACH = {"reads": 20, "movietv": 14}  # positions a person at most
_EACH = 10
_PAIRS = 6  # pairs of liked and disliked a person at most
MORE_OF = "reads"  # the domain whose books the people of --extra read


class NothingToLearn(ReplayError):
    """No domain has anybody to learn from."""

    fix = "name a folder with people in the training half of a domain that is not kept for exams"


class OtherLists(ReplayError):
    """The exams of a domain have lists of another length than is learnt from."""

    fix = f"give every exam of that domain {CANDIDATES} candidates, or leave its folder out"


async def lessons(
    data: Path,
    extra: Path | None,
    encoder: RememberedEncoder,
    words: RememberedEncoder,
    *,
    seed: int,
) -> dict[str, Lesson]:
    """Every domain that may be learnt from, by name; `extra` adds the readers of goodreads_extra.

    A domain with nobody to learn from is passed over, which the log says.
    Raises ReplayError, NothingToLearn where no domain is left.
    """
    targets = load_training_targets(data)
    found: dict[str, Lesson] = {}
    for domain in load_domains(data):
        if domain.name in EXAM_ONLY:
            continue
        more: Mapping[str, tuple[Interaction, ...]] = {}
        if extra is not None and domain.name == MORE_OF:
            more = load_more(extra, domain, load_item_names(data, domain.name))
        lists = positions(domain, seed=seed, each=EACH.get(domain.name, _EACH), more=more)
        if not lists:
            log.warning("%s: nothing is learnt, nobody is in its training half", domain.name)
            continue
        _must_be_alike(domain.name, lists)
        encoded = encode_domain(domain, encoder)
        crowd = crowd_of(encoded, targets.get(domain.name, {}), words)
        found[domain.name] = await _lesson(
            encoded, lists, encoder, crowd, words, more=more, seed=seed
        )
    if not found:
        raise NothingToLearn(f"{data} has nobody to learn from")
    return found


def _must_be_alike(domain: str, lists: Sequence[Position]) -> None:
    """Raises OtherLists where a list is longer or shorter than the others."""
    others = {len(one.candidates) for one in lists} - {CANDIDATES}
    if others:
        told = ", ".join(map(str, sorted(others)))
        raise OtherLists(
            f"domain {domain} has exams with lists of {told} candidates, and the model learns "
            f"from lists of {CANDIDATES}"
        )


async def _lesson(
    encoded: EncodedDomain,
    lists: Sequence[Position],
    encoder: RememberedEncoder,
    crowd: Crowd,
    words: RememberedEncoder,
    *,
    more: Mapping[str, tuple[Interaction, ...]],
    seed: int,
) -> Lesson:
    name, domain = encoded.domain.name, encoded.domain
    builder, folds, others = CorpusBuilder(), [], []
    async for one in put(lists, encoded, encoder, crowd, words=words):
        builder.add(_case(one), one.chosen)
        folds.append(fold(name, one.user_id))
        others.append(one.user_id in more)
    pairs = CorpusBuilder()
    preferred = preferences(domain, seed=seed, each=_PAIRS, more=more)
    found = [one for one in preferred if fold(name, one.user_id) != recipe.ROUTER_FOLD]
    async for one in put(found, encoded, encoder, crowd, words=words):
        pairs.add(_case(one), one.chosen)
    return Lesson(
        domain=name,
        corpus=builder.build(),
        folds=np.array(folds),
        more=np.array(others),
        centre=encoded.centre,
        pairs=pairs.build() if found else None,
    )


def _case(one: Question) -> ListCase:
    return list_case(one.case, np.ones((1, one.case.pieces), dtype=np.bool_))


def fold(domain: str, user_id: str) -> int:
    """The fold of a training person, for what is chosen on training people alone."""
    digest = hashlib.sha256(f"fold/{domain}/{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % FOLDS
