"""The steps of an agent of one's own in the way of i2Agent (arXiv 2502.14662).

Known of it: beyond iAgent's steps a profile of the one person is generated from their history and
the feedback in it, and what of it bears on the instruction is extracted before the reranking. The
wording is ours throughout. Our own choices as well: for every event the model first guesses between
the item taken and one drawn at random from the catalogue, without the exam's lists and without the
history, and the profile is then rewritten in the light of the guess, the rating and the review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.asking import Role
from credence.planner.llm.documents import CandidateView
from credence.planner.llm.fence import words
from credence.planner.llm.views import item_view
from credence.replay.asking.agent import considered, label_in, parsed
from credence.replay.asking.answering import NOTE, TEXT_TOKENS, asked_for, concluded, step
from credence.replay.asking.documents import (
    GuesserAnswer,
    GuesserDocument,
    InterestAnswer,
    InterestDocument,
    ProfilerAnswer,
    ProfilerDocument,
    RerankerDocument,
)
from credence.replay.asking.history import TEXT, reviewed, witnessed
from credence.replay.asking.instructions import told
from credence.replay.asking.interview import Desk, Interview
from credence.replay.asking.listing import labels_of, listed
from credence.replay.systems.system import Answer, Material, Question

_GUESS_TOKENS, _INTEREST_TOKENS, _WHY = 200, 400, 200


@dataclass(frozen=True, slots=True)
class OwnAgent:
    """i2Agent's steps: a profile event by event, then parse, extract, rerank, reflect once.

    A step without a usable answer leaves what was there before it; where no profile of all could
    be used, the system failed.
    """

    desk: Desk
    material: Material
    recent: int  # events it is shown, the latest: as many as Credence's first tier holds
    catalogue: Sequence[str]  # all items, by id

    async def answer(self, question: Question) -> Answer:
        interview = self.desk.interview(question.user_id)
        history = witnessed(question, self.material.items)
        profile, rewrites = await self._profile(interview, question, history)
        if history and not rewrites:
            return concluded(interview, None)
        instruction = asked_for(question.instruction)
        recent = reviewed(history, most=self.recent)
        need = await parsed(interview, instruction)
        interest = None
        if profile:
            interest = await step(
                interview,
                told("interest-1"),
                InterestDocument(instruction=instruction, profile=profile, recent=recent),
                InterestAnswer,
                role=Role.RANKER,
                most_tokens=_INTEREST_TOKENS,
            )
        data = RerankerDocument(
            instruction=instruction,
            need=need,
            profile=profile or None,
            interest=None if interest is None else words(interest.interest, most=NOTE) or None,
            recent=recent,
            candidates=listed(question.candidates, self.material.items),
        )
        best = await considered(interview, data)
        return concluded(interview, best, rewrites=rewrites, profile=profile)

    async def _profile(
        self, interview: Interview, question: Question, history: tuple[Witnessed, ...]
    ) -> tuple[str, int]:
        """The profile after the whole history, and how often it was rewritten."""
        own = {done.item_id for done in question.history}
        profile, rewrites = "", 0
        for one in history:
            lot = _lot(self.material.seed, question.user_id, one.event.seq)
            other = self._drawn(lot // 2, own)
            if one.item is None or other is None:
                continue
            took = lot % 2  # the place of the item that was taken
            pair = [one.item.item_id, other]
            shown = self._shown(pair if took == 0 else pair[::-1])
            answer = await self._revised(interview, profile, one, shown, shown[took].label)
            if answer is not None:
                profile, rewrites = words(answer.profile, most=NOTE), rewrites + 1
        return profile, rewrites

    def _drawn(self, lot: int, own: Collection[str]) -> str | None:
        """The first item from a drawn place on that is not the person's."""
        start = lot % len(self.catalogue)
        turned = chain(islice(self.catalogue, start, None), islice(self.catalogue, start))
        return next((item_id for item_id in turned if item_id not in own), None)

    def _shown(self, pair: Sequence[str]) -> tuple[CandidateView, CandidateView]:
        first, second = (
            CandidateView(label=label, item=item_view(self.material.items[item_id], about=0))
            for label, item_id in zip(labels_of(2), pair, strict=True)
        )
        return first, second

    async def _revised(
        self,
        interview: Interview,
        profile: str,
        one: Witnessed,
        items: tuple[CandidateView, CandidateView],
        took: str,
    ) -> ProfilerAnswer | None:
        """Guess, then learn what was taken."""
        guess = await step(
            interview,
            told("guesser-1", stranger=not profile),
            GuesserDocument(profile=profile, items=items),
            GuesserAnswer,
            role=Role.SYNTHESIZER,
            most_tokens=_GUESS_TOKENS,
        )
        return await step(
            interview,
            told("profiler-1"),
            ProfilerDocument(
                profile=profile,
                items=items,
                guessed=None if guess is None else label_in(guess.choice, items),
                why="" if guess is None else words(guess.why, most=_WHY),
                took=took,
                rating=one.event.rating,
                text=words(one.event.text, most=TEXT) or None,
            ),
            ProfilerAnswer,
            role=Role.SYNTHESIZER,
            most_tokens=TEXT_TOKENS,
        )


def _lot(seed: int, user_id: str, seq: int) -> int:
    """What decides on the item drawn beside an event's, and on their sides."""
    drawn = hashlib.sha256(f"i2agent pair/{seed}/{user_id}/{seq}".encode("utf-8", "surrogatepass"))
    return int.from_bytes(drawn.digest()[:8], "big")
