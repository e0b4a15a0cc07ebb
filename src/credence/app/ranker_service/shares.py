"""Shares of experts, as both kinds of answer tell them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MOST_EXPERTS = 256

Share = Annotated[float, Field(ge=0, le=1.000001, allow_inf_nan=False)]  # rounding included
