"""A database that lets nobody in is told from one that is away."""

from __future__ import annotations

import pytest
from psycopg.errors import InvalidCatalogName, InvalidPassword
from psycopg.errors import OperationalError as DriverError
from sqlalchemy.exc import OperationalError

from credence.app.database_refusal import DatabaseRefused, reason_of, told_apart

_TO = 'connection failed: connection to server at "10.0.0.5", port 5432 failed: '


def failed(said: str | DriverError) -> OperationalError:
    return OperationalError("", None, said if isinstance(said, DriverError) else DriverError(said))


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (_TO + 'FATAL:  database "nope" does not exist', "no database of the name"),
        (_TO + 'FATAL:  role "nobody" does not exist', "refuses the user"),
        (_TO + 'FATAL:  role "nobody" is not permitted to log in', "refuses the user"),
        (_TO + 'FATAL:  password authentication failed for user "me"', "refuses the user"),
        (_TO + 'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "me"', "refuses the user"),
        (_TO + "fe_sendauth: no password supplied", "refuses the user"),
        (InvalidPassword("in any language"), "refuses the user"),
    ],
)
def test_what_no_waiting_mends_is_a_refusal_with_a_fix(said: str | DriverError, wrong: str) -> None:
    with pytest.raises(DatabaseRefused, match=wrong) as refused, told_apart():
        raise failed(said)
    assert refused.value.fix


def test_a_state_is_believed_before_words() -> None:
    with pytest.raises(DatabaseRefused, match="no database"), told_apart():
        raise OperationalError("", None, InvalidCatalogName("role none"))


@pytest.mark.parametrize(
    "said",
    [
        _TO + "Connection refused\n\tIs the server running on that host?",
        _TO + "FATAL:  the database system is starting up",
        _TO + "FATAL:  sorry, too many clients already",
        "connection timeout expired",
    ],
)
def test_what_may_come_back_is_waited_for(said: str) -> None:
    with pytest.raises(OperationalError) as away, told_apart():
        raise failed(said)
    assert reason_of(away.value) == said.splitlines()[0]
