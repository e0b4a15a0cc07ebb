"""What the routed model learns from: every domain's training people, as corpora."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from credence.app.listing import list_case
from credence.inference.listwise import recipe
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.corpus import CorpusBuilder
from credence.inference.listwise.lesson import Lesson
from credence.replay.crowd import Crowd, crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.fitting import Question
from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import (
    load_domains,
    load_item_names,
    load_training_targets,
)
from credence.replay.people import Interaction
from credence.replay.positions import positions
from credence.replay.preferences import preferences
from credence.replay.questions import put
from credence.replay.split import EXAM_ONLY

FOLDS = 5
EACH = {"reads": 20, "movietv": 14}  # positions a person at most
_EACH = 10
_PAIRS = 6  # pairs of liked and disliked a person at most
MORE_OF = "reads"  # the domain whose books the people of --extra read


async def lessons(
    data: Path,
    extra: Path | None,
    encoder: RememberedEncoder,
    words: RememberedEncoder,
    *,
    seed: int,
) -> dict[str, Lesson]:
    """Every domain that may be learnt from, by name; `extra` adds the readers of goodreads_extra.

    Raises ReplayError.
    """
    targets = load_training_targets(data)
    found: dict[str, Lesson] = {}
    for domain in load_domains(data):
        if domain.name in EXAM_ONLY:
            continue
        encoded = encode_domain(domain, encoder)
        crowd = crowd_of(encoded, targets.get(domain.name, {}), words)
        more: Mapping[str, tuple[Interaction, ...]] = {}
        if extra is not None and domain.name == MORE_OF:
            more = load_more(extra, domain, load_item_names(data, domain.name))
        found[domain.name] = await _lesson(encoded, encoder, crowd, words, more=more, seed=seed)
    return found


async def _lesson(
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd,
    words: RememberedEncoder,
    *,
    more: Mapping[str, tuple[Interaction, ...]],
    seed: int,
) -> Lesson:
    name, domain = encoded.domain.name, encoded.domain
    builder, folds, others = CorpusBuilder(), [], []
    lists = positions(domain, seed=seed, each=EACH.get(name, _EACH), more=more)
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
