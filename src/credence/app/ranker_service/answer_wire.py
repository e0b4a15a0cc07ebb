"""A ranked list, as bytes."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Within

from credence.app.ranker_service.shares import MOST_EXPERTS, Share
from credence.app.ranker_service.tensors import Field, Layout, Malformed, Tensors, packed, parsed
from credence.inference.listwise.ranking import RankedLists, Route

MEDIA_TYPE = "application/vnd.credence.ranked+safetensors"
_LAYOUT: Layout = {
    "logs": Field("F64", ("V", "N")),
    "expert_logs": Field("F64", ("N",)),
    "complement_logs": Field("F64", ("N",)),
    "told": Field("U8", ("T",)),
}
_ROUNDING = 1e-3  # a row's probabilities may miss 1 by this much
_TOLD = 1024 * 1024  # bytes of the route and of the header; names make nearly all of them
_LONGEST = 64  # characters of a digest
_FIX = "let caller and service run the same version"


class _Told(BaseModel):
    """What of the answer is no array."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: str
    data: str | None = Within(max_length=_LONGEST)
    expert: str
    weights: dict[str, Share] = Within(min_length=1, max_length=MOST_EXPERTS)
    complement_share: Share
    alpha: Share | None


def packed_answer(ranked: RankedLists) -> bytes:
    """The answer as `parsed_answer` reads it."""
    route = ranked.route
    told = _Told(
        version=route.model,
        data=route.data,
        expert=route.expert,
        weights=route.weights,
        complement_share=route.complement_share,
        alpha=route.alpha,
    )
    arrays: Tensors = {
        "logs": ranked.logs,
        "expert_logs": route.expert_logs,
        "complement_logs": route.complement_logs,
        "told": np.frombuffer(told.model_dump_json().encode(), dtype=np.uint8),
    }
    return packed(arrays, _LAYOUT)


def largest_answer(*, variants: int, candidates: int) -> int:
    """Bytes that the answer to a case of this size may have."""
    return 8 * candidates * (variants + 2) + _TOLD


def parsed_answer(body: bytes, *, version: str, variants: int, candidates: int) -> RankedLists:
    """The answer to a case of this size, if it is one and of this version. Raises Malformed."""
    arrays = parsed(body, _LAYOUT, {"V": variants, "N": candidates})
    try:
        told = _Told.model_validate_json(arrays["told"].tobytes())
    except ValidationError as error:
        raise Malformed("told", "it does not say how the list was routed", fix=_FIX) from error
    if told.version != version:
        raise Malformed("version", "a model of another version answered", fix=_FIX)
    if told.expert not in told.weights:
        raise Malformed("expert", "the expert is none of those weighed", fix=_FIX)
    if (np.abs(np.exp(arrays["logs"]).sum(axis=1) - 1) > _ROUNDING).any():
        raise Malformed("logs", "some row holds no log-probabilities", fix=_FIX)
    return RankedLists(
        logs=arrays["logs"],
        route=Route(
            model=told.version,
            data=told.data,
            expert=told.expert,
            weights=told.weights,
            expert_logs=arrays["expert_logs"],
            complement_logs=arrays["complement_logs"],
            complement_share=told.complement_share,
            alpha=told.alpha,
        ),
    )
