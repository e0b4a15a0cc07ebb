"""Who is signed in to the admin pages, by hashes of tokens that are stored nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.tables import sign_ins

Kind: TypeAlias = Literal["link", "session"]


class SignIns:
    """The only place that writes SQL about sign-ins. A link opens one session, once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, *, token_hash: bytes, kind: Kind, who: str, now: datetime, expires_at: datetime
    ) -> None:
        """Remember a link or a session by the SHA-256 of its token."""
        await self._connection.execute(
            insert(sign_ins).values(
                token_hash=token_hash, kind=kind, who=who, created_at=now, expires_at=expires_at
            )
        )

    async def spend_link(self, token_hash: bytes, now: datetime) -> str | None:
        """Whom the link signs in; None if it is unknown, spent or expired.

        It is gone with the answer: of two who spend it at once, one waits for the other's row
        and finds it deleted.
        """
        spent = await self._connection.execute(
            delete(sign_ins)
            .where(sign_ins.c.token_hash == token_hash, sign_ins.c.kind == "link")
            .where(sign_ins.c.expires_at > now)
            .returning(sign_ins.c.who)
        )
        who: str | None = spent.scalar_one_or_none()
        return who

    async def whose(self, token_hash: bytes, kind: Kind, now: datetime) -> str | None:
        """Whose link or session this is, if it opens anything; it stays as it is."""
        found = await self._connection.execute(
            select(sign_ins.c.who)
            .where(sign_ins.c.token_hash == token_hash, sign_ins.c.kind == kind)
            .where(sign_ins.c.expires_at > now)
        )
        who: str | None = found.scalar_one_or_none()
        return who

    async def end(self, token_hash: bytes) -> None:
        """The token opens nothing any more, if it did."""
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))

    async def sweep(self, now: datetime) -> int:
        """Forget what has expired; how many. Reads the whole table, which sign-ins keep small."""
        swept = await self._connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
        return swept.rowcount
