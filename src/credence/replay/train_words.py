"""Trains the table of word vectors on training people: `python -m credence.replay.train_words`."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from credence.inference import words
from credence.inference.encoder import SentenceEncoder
from credence.inference.words import Bags, Rows, WordEncoder, WordTable, bags, vocabulary
from credence.planner.ranking.item_text import item_texts
from credence.replay.bundled import kept_in
from credence.replay.distil import Distilled, Lesson, distilled, first_rows
from credence.replay.encoded import RememberedEncoder
from credence.replay.errors import ReplayError
from credence.replay.loaders.goodreads_extra import load_more
from credence.replay.loaders.instructrec import load_domains, load_item_names
from credence.replay.people import Domain
from credence.replay.split import EXAM_ONLY, Half, half

_SHIPPED = Path(words.__file__).with_name("words.npz")
_EXTRA = "goodreads_extra"  # folder of more reviewers of the domain below, if there
_EXTRA_OF = "reads"
_EXTRA_TEXTS = 7_000
_CHANCE_TEXTS = 6_000
_WORDS_A_TEXT = 10
_SHORTEST_WORD = 3  # letters
_MEASURED = 1_000  # texts of a domain, at most
_TIMED = 300
_ENOUGH = 1_000  # reviews that make a domain worth leaving out

_Texts = Mapping[str, Sequence[str]]


def training_texts(data: Path, domains: Sequence[Domain]) -> dict[str, list[str]]:
    """What may be learnt from, by domain: items and reviews of its training half.

    Most people of `reads` are among the further reviewers too, the exam half with them; they are
    left out there, and so is every text that somebody of an exam half wrote.
    """
    found = {}
    held = {review for domain in domains for review in _reviews(domain, Half.EXAM)}
    for domain in domains:
        if domain.name in EXAM_ONLY:
            continue
        found[domain.name] = [*_reviews(domain, Half.TRAIN), *item_texts(domain.items)]
        if domain.name == _EXTRA_OF and (data / _EXTRA).is_dir():
            more = load_more(data / _EXTRA, domain, load_item_names(data, domain.name))
            reviews = {past.review for story in more.values() for past in story}
            found[domain.name] += _sample(reviews - {""}, _EXTRA_TEXTS)
    return {
        name: [text for text in dict.fromkeys(texts) if text not in held]
        for name, texts in found.items()
    }


def chance_texts(seed: int) -> list[str]:
    """Words drawn from the vocabulary, so that words of domains unseen are learnt as well."""
    known = [w for w in vocabulary() if len(w) >= _SHORTEST_WORD and w.isascii() and w.isalpha()]
    drawn = np.random.default_rng(seed).choice(known, size=(_CHANCE_TEXTS, _WORDS_A_TEXT))
    return [" ".join(row) for row in drawn.tolist()]


class Teacher:
    """The encoder to be imitated, and the texts of everything that it has to be asked for."""

    def __init__(self, encode: Callable[[Sequence[str]], Rows], *, seed: int) -> None:
        self._encode = encode
        self.pieces = encode(vocabulary())  # (V, D)
        self._chance = self.lesson(chance_texts(seed))
        self._seed = seed

    def lesson(self, texts: Sequence[str]) -> Lesson:
        """Texts of like length together: the longest of a pass decides what each of it costs."""
        ordered = sorted(dict.fromkeys(texts), key=lambda text: (len(text), text))
        return Lesson(bags=bags(ordered), targets=self._encode(ordered))

    def taught(self, texts: _Texts) -> tuple[Rows, Distilled]:
        """The rows that training starts from and those that it ends with."""
        lessons = [self.lesson(own) for own in texts.values()]
        read = _joined(lessons)
        start = first_rows(self.pieces, read.bags)
        return start, distilled(_joined([read, self._chance]), start, seed=self._seed)


def agreement(table: WordTable, lesson: Lesson) -> float:
    """Mean cosine of the table's vectors to the teacher's."""
    return float((table.means(lesson.bags) * lesson.targets).sum(axis=1).mean())


def measured(
    teacher: Teacher, texts: _Texts, domains: Sequence[Domain], table: WordTable, start: WordTable
) -> dict[str, Any]:
    """Mean cosines on reviews of the exam half, and on domains that the training left out."""
    figures: dict[str, Any] = {"exam_half": {}, "domain_left_out": {}}
    for domain in domains:
        held = _reviews(domain, Half.EXAM)
        if held:
            lesson = teacher.lesson(_sample(held, _MEASURED))
            figures["exam_half"][domain.name] = {
                "texts": len(lesson.targets),
                "start": round(agreement(start, lesson), 4),
                "trained": round(agreement(table, lesson), 4),
            }
        own = _reviews(domain, Half.TRAIN)
        if domain.name in texts and len(own) >= _ENOUGH:
            lesson = teacher.lesson(_sample(own, _MEASURED))
            rest = {name: others for name, others in texts.items() if name != domain.name}
            first, last = teacher.taught(rest)
            figures["domain_left_out"][domain.name] = {
                "texts": len(lesson.targets),
                "start": round(agreement(_untrained(first), lesson), 4),
                "trained": round(agreement(_packed(last), lesson), 4),
            }
    return figures


def speeds(table: WordTable, teacher: SentenceEncoder, texts: Sequence[str]) -> dict[str, float]:
    """Texts a second of both encoders, one after the other on the same texts."""
    own = WordEncoder(table)
    own.encode(texts)  # the first call reads files
    mine, theirs = _rate(own.encode, texts), _rate(teacher.encode, texts)
    return {"words": round(mine), "sentences": round(theirs), "ratio": round(mine / theirs)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the folder given and write the table; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m credence.replay.train_words", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of InstructRec domains")
    parser.add_argument("--out", type=Path, default=_SHIPPED, help="where the table (.npz) goes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded texts between runs")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = parser.parse_args(arguments)
    try:
        domains = load_domains(asked.data)
        texts = training_texts(asked.data, domains)
    except ReplayError as error:
        print(error, file=sys.stderr)
        return 1
    sentences = SentenceEncoder()
    teacher = Teacher(RememberedEncoder(sentences.encode, kept_in(asked.cache)), seed=asked.seed)
    first, last = teacher.taught(texts)
    table = _packed(last)
    table.save(asked.out)
    document: dict[str, Any] = {
        "version": words.NAME,
        "provenance": {
            "command": f"python -m credence.replay.train_words --data {asked.data.name} "
            f"--seed {asked.seed}",
            "seed": asked.seed,
            "split": "training half of each domain's people, see credence.replay.split",
            "training_texts": {name: len(own) for name, own in texts.items()},
            "chance_texts": _CHANCE_TEXTS,
            "loss_by_epoch": [round(loss, 4) for loss in last.losses],
            "mean_cosine": measured(teacher, texts, domains, table, _untrained(first)),
            "bytes": asked.out.stat().st_size,
            "texts_a_second": speeds(
                table, sentences, _sample(chain.from_iterable(texts.values()), _TIMED)
            ),
        },
    }
    shown = json.dumps(document, indent=2)
    asked.out.with_suffix(".json").write_text(shown + "\n", encoding="utf-8")
    print(shown if asked.json else _lines(document["provenance"]))
    return 0


def _lines(provenance: Mapping[str, Any]) -> str:
    """The figures for a reader."""
    cosine, speed = provenance["mean_cosine"], provenance["texts_a_second"]
    rows = [
        f"{kind} {name} ({own['texts']} texts): start {own['start']}, trained {own['trained']}"
        for kind, measured_on in cosine.items()
        for name, own in measured_on.items()
    ]
    return "\n".join(
        [
            f"texts: {provenance['training_texts']}, of chance words {provenance['chance_texts']}",
            *rows,
            f"{provenance['bytes']} bytes",
            f"texts a second: {speed['words']}, sentence encoder {speed['sentences']} "
            f"(x {speed['ratio']})",
        ]
    )


def _packed(last: Distilled) -> WordTable:
    return WordTable.packed(last.rows, last.bias)


def _untrained(rows: Rows) -> WordTable:
    return WordTable.packed(rows, np.zeros(rows.shape[1], dtype=np.float32))


def _joined(lessons: Sequence[Lesson]) -> Lesson:
    return Lesson(
        bags=Bags(
            pieces=np.concatenate([lesson.bags.pieces for lesson in lessons]),
            lengths=np.concatenate([lesson.bags.lengths for lesson in lessons]),
        ),
        targets=np.concatenate([lesson.targets for lesson in lessons]),
    )


def _reviews(domain: Domain, which: Half) -> list[str]:
    """Reviews before the exam by the people of one half."""
    people = [person for person in domain.people if half(domain.name, person.user_id) is which]
    found = [past.review for person in people for past in person.history if past.review.strip()]
    return list(dict.fromkeys(found))


def _sample(texts: Iterable[str], most: int) -> list[str]:
    """At most so many of the texts, the same for all time: by hash."""
    return sorted(texts, key=lambda t: hashlib.sha256(t.encode("utf-8", "replace")).digest())[:most]


def _rate(encode: Callable[[Sequence[str]], Rows], texts: Sequence[str]) -> float:
    begun = time.perf_counter()
    encode(texts)
    return len(texts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
