"""What a ranking process says of itself."""

from __future__ import annotations

from pydantic import BaseModel


class Languages(BaseModel):
    """Who orders lists, and by which models."""

    ranker: str
    models: tuple[str, ...]
    explanation_tokens: int = 0  # that an explanation by them may have; 0: they write none


class Health(BaseModel):
    """Whether it is ready, the version of the routed model, and its language models, if any."""

    status: str
    model: str
    language_models: Languages | None = None
