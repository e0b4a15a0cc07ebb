"""Pages about one person: who it is, and the head that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from credence.app.admin.desk import Acting, At, Desk
from credence.app.api.users import UserId
from credence.memory.model import Person
from credence.memory.people import PersonSummary
from credence.memory.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class Someone:
    """A desk, and the person whose page lies on it."""

    desk: Desk
    summary: PersonSummary

    @property
    def person(self) -> Person:
        return Person(self.desk.tenant, self.summary.user_id)

    def page(
        self, template: str, *, tab: str, title: str, status: int = 200, **context: object
    ) -> Response:
        """A page below the person's tabs, of which `tab` is the present one."""
        return self.desk.page(
            template,
            section="people",
            title=f"{title} · {self.summary.user_id}",
            status=status,
            someone=self.summary,
            tab=tab,
            **context,
        )


async def _looked_at(desk: At, user_id: UserId) -> Someone:
    return await _someone(desk, user_id)


async def _acted_on(desk: Acting, user_id: UserId) -> Someone:
    return await _someone(desk, user_id)


async def _someone(desk: Desk, user_id: str) -> Someone:
    async with unit_of_work(desk.app.engine) as uow:
        return Someone(desk, await uow.people.get(Person(desk.tenant, user_id)))


Looking = Annotated[Someone, Depends(_looked_at)]  # for pages
ActingOn = Annotated[Someone, Depends(_acted_on)]  # for forms: the session's token is checked
