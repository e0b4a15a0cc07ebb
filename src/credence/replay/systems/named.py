"""Systems that need no LLM and are not Credence, by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from credence.replay.systems.als import als
from credence.replay.systems.bm25 import Bm25
from credence.replay.systems.both import both
from credence.replay.systems.chance import chance
from credence.replay.systems.encoder import Encoder
from credence.replay.systems.interactions import Interactions
from credence.replay.systems.item_knn import item_knn
from credence.replay.systems.popularity import popularity
from credence.replay.systems.recency import recency
from credence.replay.systems.sasrec import sasrec
from credence.replay.systems.scored import Scorer, learnt
from credence.replay.systems.system import Material, Prepare
from credence.replay.systems.tfidf import TfIdf


@dataclass(frozen=True, slots=True)
class Named:
    """A system and a line about it."""

    prepare: Prepare
    what: str


def _tfidf(material: Material) -> Scorer:
    space = TfIdf(material.items)
    return both(space.by_instruction, space.by_history)


def _bm25(material: Material) -> Scorer:
    index = Bm25(material.items)
    return both(index.by_instruction, index.by_history)


def _encoder(material: Material) -> Encoder:
    return Encoder(material.encoded, material.encode)


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        "random": Named(learnt(chance), "a hash of seed, person and item"),
        "popularity": Named(
            learnt(lambda m: popularity(m.donors)), "how many others dealt with the item"
        ),
        "recency": Named(
            learnt(lambda m: recency(m.donors)), "how lately others dealt with the item"
        ),
        "tfidf-instruction": Named(
            learnt(lambda m: TfIdf(m.items).by_instruction), "words shared with the instruction"
        ),
        "tfidf-history": Named(
            learnt(lambda m: TfIdf(m.items).by_history), "words shared with the history's items"
        ),
        "tfidf": Named(learnt(_tfidf), "mean z-score of tfidf-instruction and tfidf-history"),
        "bm25-instruction": Named(
            learnt(lambda m: Bm25(m.items).by_instruction), "BM25, the instruction as the query"
        ),
        "bm25-history": Named(
            learnt(lambda m: Bm25(m.items).by_history), "BM25, the history's items as the query"
        ),
        "bm25": Named(learnt(_bm25), "mean z-score of bm25-instruction and bm25-history"),
        "item-knn": Named(
            learnt(lambda m: item_knn(Interactions.of(m.donors))),
            "cosine with the history's items over the people who dealt with both",
        ),
        "als": Named(
            learnt(lambda m: als(Interactions.of(m.donors), seed=m.seed)),
            "matrix factorisation of who dealt with what",
        ),
        "sasrec": Named(learnt(sasrec), "self-attention over the order of the history"),
        "encoder-instruction": Named(
            learnt(lambda m: _encoder(m).by_instruction), "sentence encoder, item to instruction"
        ),
        "encoder-history": Named(
            learnt(lambda m: _encoder(m).by_history), "sentence encoder, item to mean of history"
        ),
        "encoder": Named(
            learnt(lambda m: both(_encoder(m).by_instruction, _encoder(m).by_history)),
            "mean z-score of encoder-instruction and encoder-history",
        ),
    }
)
