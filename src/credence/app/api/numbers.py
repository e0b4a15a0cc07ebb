"""Numbers that requests name chunks and revisions by."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

LARGEST = 2**31 - 1  # that the database's integers hold

ChunkId = Annotated[int, Path(ge=1, le=LARGEST, description="number of the chunk", examples=[3])]
RevisionNumber = Annotated[int, Query(ge=0, le=LARGEST, description="number of a revision")]
RevisionMade = Annotated[int, Path(ge=1, le=LARGEST, examples=[4])]
