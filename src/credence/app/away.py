"""What says that the database is away, rather than that something is wrong with what was asked."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

AWAY = (OperationalError, InterfaceError, TimeoutError)
