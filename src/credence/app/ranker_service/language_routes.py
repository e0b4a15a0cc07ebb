"""What the language models of the ranking process are asked over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.responses import Response

from credence.app.presence import while_there
from credence.app.ranker_service import refusals
from credence.app.ranker_service.explanation_wire import (
    LARGEST_PLACEMENT,
    packed_explanation,
    parsed_placement,
)
from credence.app.ranker_service.order_wire import LARGEST_ASK, packed_order, parsed_ask
from credence.app.ranker_service.request_reading import (
    authorise,
    body_of,
    milliseconds_of,
    must_say_json,
    parsed,
)
from credence.app.ranker_service.served import served_by
from credence.app.ranker_service.speech import EXPLAIN_PATH, LONGEST_ORDER, ORDER_PATH, ORDER_TYPE

AskedT = TypeVar("AskedT")
MadeT = TypeVar("MadeT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand(Generic[AskedT, MadeT]):
    """One thing that language models do, from the body that asks for it to that of the answer."""

    must_be_taken: Callable[[], object]  # raises NotRanked, before the body is read
    largest: int  # bytes of the body
    parse: Callable[[bytes], AskedT]
    do: Callable[[AskedT, float], Coroutine[Any, Any, MadeT]]  # by a moment of `time.monotonic`
    pack: Callable[[MadeT], bytes]
    answered: Callable[[int], None]  # told the status

    async def run(self, request: Request, *, key: SecretStr | None) -> Response:
        """The answer; whoever is gone gets none, and what they asked for is not gone on with."""
        began, status = time.monotonic(), 500
        try:
            authorise(request, key)
            self.must_be_taken()
            deadline = began + milliseconds_of(request, longest=LONGEST_ORDER) / 1000
            must_say_json(request)
            body = await body_of(request, largest=self.largest)
            asked = await parsed(body, self.parse)
            made = await while_there(request, self.do(asked, deadline))
            status = 499 if made is None else 200  # nobody reads the first
            content = b"" if made is None else self.pack(made)
            return Response(content, status, media_type=ORDER_TYPE)
        except Exception as error:
            status = refusals.status_of(error)
            raise
        finally:
            self.answered(status)


def install(app: FastAPI) -> None:
    """Have language models order lists, and put into words why an item was put to somebody."""
    app.add_api_route(ORDER_PATH, _order, methods=["POST"])
    app.add_api_route(EXPLAIN_PATH, _explain, methods=["POST"])


async def _order(request: Request) -> Response:
    """Put one list into order."""
    served = served_by(request)
    service = served.service
    errand = _Errand(
        must_be_taken=service.must_order,
        largest=LARGEST_ASK,
        parse=parsed_ask,
        do=lambda shown, deadline: service.order(shown, deadline=deadline),
        pack=packed_order,
        answered=service.ordering.figures.request,
    )
    return await errand.run(request, key=served.key)


async def _explain(request: Request) -> Response:
    """Put into words why one item was put to somebody."""
    served = served_by(request)
    service = served.service
    errand = _Errand(
        must_be_taken=service.must_explain,
        largest=LARGEST_PLACEMENT,
        parse=parsed_placement,
        do=lambda wanted, deadline: service.explain(wanted, deadline=deadline),
        pack=packed_explanation,
        answered=service.telling.figures.request,
    )
    return await errand.run(request, key=served.key)
