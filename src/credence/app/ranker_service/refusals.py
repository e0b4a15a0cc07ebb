"""What the ranking process refuses, as problem details (RFC 9457)."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from credence.app.api.problems import FieldError, answer
from credence.app.ranker_service.batcher import NotRanked, PassFailed
from credence.app.ranker_service.tensors import Malformed
from credence.app.ranker_service.wordless import SAID, FoundNoWords
from credence.inference.errors import NoAnswer

_RETRY_SECONDS = 1
_DETAILS = {
    "queue-full": "too many requests wait already",
    "starting": "the model is being warmed up",
    "stopping": "this process is about to end",
    "model-failed": "the model failed and ranks nothing any more; see the log of this process, and "
    "start it again",
    "late": "the deadline passed before there was an answer",
    "no-explanations": "no explanations are written here; CREDENCE_CAUSAL_ROUTER and "
    "CREDENCE_CAUSAL_EXPLANATION_TOKENS in the environment of `credence serve-ranker` have some "
    "written",
    "no-language-models": "no language models are loaded here; CREDENCE_CAUSAL_ROUTER in the "
    "environment of `credence serve-ranker` names them",
}
_NO_ANSWER = (
    "the model gave no number for some candidate; send numbers as the encoder and the signals give "
    "them: very large ones leave none"
)
_STATUSES = {"late": 504, "no-language-models": 404, "no-explanations": 404}  # 503 for the others


def install(app: FastAPI) -> None:
    """Answer every refusal of this application as a problem."""
    for kind in (NotRanked, Malformed, NoAnswer, FoundNoWords, PassFailed, HTTPException):
        app.add_exception_handler(kind, _answered)


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, NotRanked):
        return _STATUSES.get(error.reason, 503)
    return 422 if isinstance(error, (Malformed, NoAnswer, FoundNoWords)) else 500


async def _answered(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if isinstance(error, NotRanked):
        headers = {"Retry-After": str(_RETRY_SECONDS)} if status == 503 else {}
        if error.reason == "stopping":
            headers["Connection"] = "close"
        detail = _DETAILS[error.reason]
        return answer(request, status, detail, kind=error.reason, headers=headers)
    if isinstance(error, Malformed):
        wrong = FieldError(field=error.field, message=str(error), fix=error.fix)
        detail = f"{error.field}: {error}"
        return answer(request, status, detail, kind="invalid", errors=[wrong])
    if isinstance(error, NoAnswer):
        return answer(request, status, _NO_ANSWER, kind="no-answer")
    if isinstance(error, FoundNoWords):
        return answer(request, status, SAID[error.why], kind=error.why)
    if isinstance(error, HTTPException):
        return answer(request, status, str(error.detail), headers=error.headers)
    return answer(request, status, "the model failed on this list; see the log", kind="internal")
