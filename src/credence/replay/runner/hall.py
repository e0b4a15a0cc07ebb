"""What an exam is sat with: its domain, what may be learnt before, the texts' vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from credence.inference.bundled import DIMENSION, NAME
from credence.inference.words import WordEncoder
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.replay.bundled import kept_in
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.exam.donors import donors_of
from credence.replay.exam.fingerprint import fingerprint
from credence.replay.exam.paper import FrozenExam
from credence.replay.loaders.instructrec import (
    domain_folder,
    domain_folders,
    load_domain,
    load_training_targets,
)
from credence.replay.people import Domain, Interaction
from credence.replay.split import Half, half
from credence.replay.steady import SteadyEncoder
from credence.replay.systems.system import Material


class OtherData(ReplayError):
    """An exam and data that do not belong together."""


def domain_names(data: Path) -> list[str]:
    """The domains below `data`, or the one that it is. Raises FolderIncomplete."""
    return [domain_folder(folder).name for folder in domain_folders(data)]


@dataclass(frozen=True, kw_only=True)
class Hall:
    """One domain made ready for all its exams; texts are encoded when they are first needed."""

    domain: Domain
    donors: Mapping[str, tuple[Interaction, ...]]
    remembered: RememberedEncoder
    words: Encode
    sha256: str

    @classmethod
    def of(cls, data: Path, name: str, *, encode: Encode, cache: Path | None) -> Hall:
        """Loads the domain, to be encoded with the bundled encoder's `encode`.

        Raises ReplayError.
        """
        folder = _folder(data, name)
        domain = load_domain(folder)
        donors = donors_of(domain, load_training_targets(folder).get(name, {}))
        return cls(
            domain=domain,
            donors=donors,
            remembered=RememberedEncoder(encode, kept_in(cache)),
            words=RememberedEncoder(WordEncoder().encode),
            sha256=fingerprint(domain, donors),
        )

    @cached_property
    def encoded(self) -> EncodedDomain:
        """The domain with the vectors of its items, made in one fixed order."""
        return encode_domain(self.domain, self._steady.learn)

    @cached_property
    def encoder(self) -> SteadyEncoder:
        """Knows items, instructions and the topics that an extractor finds, in that order; whatever
        else is encoded alone."""
        assert self.encoded  # learnt first
        asked = {person.instruction for person in self.domain.people if person.instruction}
        self._steady.learn(sorted(asked))
        self._steady.learn([topic.name for topic in bundled_lexicon().topics])
        return self._steady

    @cached_property
    def _steady(self) -> SteadyEncoder:
        return SteadyEncoder(self.remembered, name=NAME, dimension=DIMENSION)

    @property
    def instructions(self) -> dict[str, str | None]:
        """Everybody's, whether an exam shows them or not."""
        return {person.user_id: person.instruction for person in self.domain.people}

    def check(self, exams: Sequence[FrozenExam]) -> None:
        """Raises OtherData if one was drawn from other data."""
        for exam in exams:
            if exam.data_sha256 != self.sha256:
                raise OtherData(
                    f"the exam {exam.sha256[:12]} ({exam.title}) was drawn from other data: "
                    f"{exam.data_sha256[:12]}, this is {self.sha256[:12]}; give the data it was "
                    "drawn from, or draw it anew with `credence replay exam`"
                )

    def material(self, exam: FrozenExam, *, folder: Path, database: str) -> Material:
        """What every system is given before this exam."""
        name = self.domain.name
        return Material(
            encoded=self.encoded,
            donors=self.donors,
            training=frozenset(u for u in self.donors if half(name, u) is Half.TRAIN),
            examinees=tuple(paper.user_id for paper in exam.papers),
            instructed=exam.instructed,
            encode=self.encoder.encode,
            words=self.words,
            seed=exam.seed,
            folder=folder,
            database=database,
        )


def _folder(data: Path, name: str) -> Path:
    there = {domain_folder(folder).name: folder for folder in domain_folders(data)}
    if name not in there:
        raise OtherData(f"{data} has no domain {name}; it has {', '.join(sorted(there))}")
    return there[name]
