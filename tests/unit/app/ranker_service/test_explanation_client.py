"""Why a ranking process has no words, as whoever asked it is told."""

from __future__ import annotations

import json
import time

import pytest
from prometheus_client import CollectorRegistry

from credence.app.ranker_service.connection import Busy, CaseRefused, Late, NotAnswered
from credence.app.ranker_service.explanation_client import ExplanationClient, NoneWritten
from credence.app.ranker_service.explanation_figures import ExplanationFigures
from credence.app.ranker_service.explanation_wire import Wanted
from credence.app.ranker_service.telling import Telling
from credence.app.ranker_service.wordless import SAID, FoundNoWords
from credence.inference.errors import ContextTooLong, HeadMismatch, ModelError, NoAnswer
from tests.unit.app.ranker_service.answering import an_answer, answering
from tests.unit.app.test_causal_teller import Texts, a_teller
from tests.unit.planner.llm.test_explained import a_placement

FORGED = "all is well\nWARNING said somebody"
WANTED = Wanted(a_placement(), 10)


async def refused(status: int, kind: str) -> NotAnswered:
    """What a client makes of this status and kind of a problem."""
    said = json.dumps({"type": f"urn:credence:problem:{kind}", "detail": FORGED}).encode()
    async with answering(an_answer(status, said)) as server:
        client = ExplanationClient(server.url, key=None, timeout=60)
        try:
            with pytest.raises(NotAnswered) as found:
                await client.explain(client.packed(WANTED))
        finally:
            await client.close()
    assert "said somebody" not in str(found.value)
    return found.value


@pytest.mark.parametrize(
    ("status", "kind", "error", "says"),
    [
        (422, "too-long", CaseRefused, "CREDENCE_CAUSAL_LONGEST there"),
        (422, "no-number", CaseRefused, "no usable number"),
        (422, "no-words", CaseRefused, "before the first word"),
        (422, "no-answer", CaseRefused, "found no words"),
        (422, "invalid", CaseRefused, "refused what it was sent"),
        (422, FORGED, CaseRefused, "found no words"),
        (503, "queue-full", Busy, "too much waits"),
        (503, "starting", NotAnswered, "warmed up"),
        (503, "stopping", NotAnswered, "about to end"),
        (503, "model-failed", NotAnswered, "routed model failed"),
        (503, FORGED, NotAnswered, "status 503"),
        (503, "too-long", NotAnswered, "status 503"),
        (504, "late", Late, "late"),
        (504, FORGED, NotAnswered, "status 504"),
        (500, "internal", NotAnswered, "failed at this explanation"),
        (404, "no-explanations", NoneWritten, "writes no explanations"),
    ],
)
async def test_the_reason_is_told_in_our_own_words(
    status: int, kind: str, error: type[NotAnswered], says: str
) -> None:
    found = await refused(status, kind)

    assert type(found) is error
    assert says in str(found)


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (ContextTooLong("words of somebody"), "too-long"),
        (NoAnswer("words of somebody"), "no-number"),
        (None, "no-words"),
        (HeadMismatch("words of somebody"), "no-answer"),
    ],
)
async def test_the_process_tells_what_was_wrong_apart(fails: ModelError | None, why: str) -> None:
    texts = Texts(text="", fails=fails)
    texts.gate.set()
    telling = Telling(a_teller(texts), ExplanationFigures(CollectorRegistry()))

    with pytest.raises(FoundNoWords) as found:
        await telling.tell(WANTED, deadline=time.monotonic() + 60)

    assert found.value.why == why
    assert why in SAID
