"""Systems that need no LLM and are not Credence, by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from credence.replay.systems.system import Lessons, Prepare
from credence.replay.systems.tfidf import TfIdf


@dataclass(frozen=True, slots=True)
class Named:
    """A system and a line about it."""

    learn: Callable[[Lessons], Scorer]
    what: str

    @property
    def prepare(self) -> Prepare:
        """The system for the exams of one domain: what it has learnt goes with it."""
        return learnt(self.learn)


def _tfidf(material: Lessons) -> Scorer:
    space = TfIdf(material.items)
    return both(space.by_instruction, space.by_history)


def _bm25(material: Lessons) -> Scorer:
    index = Bm25(material.items)
    return both(index.by_instruction, index.by_history)


def _encoder(material: Lessons) -> Encoder:
    return Encoder(material.encoded, material.encode)


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        "random": Named(chance, "a hash of seed, person and item"),
        "popularity": Named(lambda m: popularity(m.donors), "how many others dealt with the item"),
        "recency": Named(lambda m: recency(m.donors), "how lately others dealt with the item"),
        "tfidf-instruction": Named(
            lambda m: TfIdf(m.items).by_instruction, "words shared with the instruction"
        ),
        "tfidf-history": Named(
            lambda m: TfIdf(m.items).by_history, "words shared with the history's items"
        ),
        "tfidf": Named(_tfidf, "mean z-score of tfidf-instruction and tfidf-history"),
        "bm25-instruction": Named(
            lambda m: Bm25(m.items).by_instruction, "BM25, the instruction as the query"
        ),
        "bm25-history": Named(
            lambda m: Bm25(m.items).by_history, "BM25, the history's items as the query"
        ),
        "bm25": Named(_bm25, "mean z-score of bm25-instruction and bm25-history"),
        "item-knn": Named(
            lambda m: item_knn(Interactions.of(m.donors)),
            "cosine with the history's items over the people who dealt with both",
        ),
        "als": Named(
            lambda m: als(Interactions.of(m.donors), seed=m.seed),
            "matrix factorisation of who dealt with what",
        ),
        "sasrec": Named(sasrec, "self-attention over the order of the history"),
        "encoder-instruction": Named(
            lambda m: _encoder(m).by_instruction, "sentence encoder, item to instruction"
        ),
        "encoder-history": Named(
            lambda m: _encoder(m).by_history, "sentence encoder, item to mean of history"
        ),
        "encoder": Named(
            lambda m: both(_encoder(m).by_instruction, _encoder(m).by_history),
            "mean z-score of encoder-instruction and encoder-history",
        ),
    }
)
