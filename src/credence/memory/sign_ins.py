"""Who is signed in to the admin pages, by hashes of tokens that are stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.tables import sign_ins

Kind: TypeAlias = Literal["link", "session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody's open session."""

    who: str
    created_at: datetime
    expires_at: datetime


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

    async def session(self, token_hash: bytes, now: datetime) -> SignIn | None:
        """The session of this token, if it is open."""
        found = await self._connection.execute(
            select(sign_ins.c.who, sign_ins.c.created_at, sign_ins.c.expires_at)
            .where(sign_ins.c.token_hash == token_hash, sign_ins.c.kind == "session")
            .where(sign_ins.c.expires_at > now)
        )
        row = found.one_or_none()
        return None if row is None else SignIn(**row._mapping)

    async def end(self, token_hash: bytes) -> None:
        """The token opens nothing any more, if it did."""
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))

    async def end_all(self) -> int:
        """No link and no session opens anything any more; how many there were."""
        return (await self._connection.execute(delete(sign_ins))).rowcount

    async def sweep(self, now: datetime) -> int:
        """Forget what has expired; how many. Reads the whole table, which sign-ins keep small."""
        swept = await self._connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
        return swept.rowcount
