"""Errors that have a known fix end a command with one line and exit code 2, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from credence.app import certificates
from credence.cli.output import harmless, notices

REFUSED = 2  # exit code: wrong usage, or a request that was refused; the message says what to do


class Unusable(Exception):
    """A command cannot do what was asked; the message says why, `fix` what to do."""

    def __init__(self, detail: str, *, fix: str) -> None:
        super().__init__(detail)
        self.fix = fix


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the errors of every layer that a user can mend into a line on stderr and exit code 2."""
    import httpx
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    from credence.app.adapters.embedded_postgres import EmbeddedPostgresFailed
    from credence.app.database_refusal import reason_of
    from credence.inference.errors import ModelError
    from credence.inference.training.errors import TrainingError
    from credence.memory.errors import Refused
    from credence.replay.errors import ReplayError

    try:
        yield
    except (Refused, Unusable, ReplayError, certificates.AuthoritiesUnreadable) as error:
        raise _ended(str(error), error.fix) from error
    except EmbeddedPostgresFailed as error:
        raise _ended(str(error), "run `credence doctor` to see what is wrong") from error
    except ModelError as error:
        raise _ended(
            str(error),
            "see CREDENCE_RANKER, CREDENCE_RANKER_MODEL, CREDENCE_ENCODER_DEVICE and those that "
            "begin with CREDENCE_CAUSAL_",
        ) from error
    except TrainingError as error:
        fix = "do as it says; --checkpoints names the folder, and what it holds stays"
        raise _ended(str(error), fix) from error
    except ValidationError as error:
        raise _ended(_settings_at_fault(error), "correct the environment or .env") from error
    except httpx.InvalidURL as error:
        raise _ended("--url is not the address of a server", "write it anew") from error
    except UnicodeEncodeError as error:
        if error.encoding != "utf-8":  # somebody's terminal
            raise
        raise _ended("what was given is not text in UTF-8", "write it anew in UTF-8") from error
    except UnicodeDecodeError as error:
        if not _unreadable(Path(".env")):
            raise
        raise _ended("the file .env is not text in UTF-8", "save it as UTF-8") from error
    except httpx.TransportError as error:
        raise _ended(*_unanswered(error)) from error
    except (DBAPIError, PoolTimeout) as error:
        raise _ended(
            f"the database refused: {reason_of(error)}",
            "run `credence doctor` to see what is wrong",
        ) from error


def _unanswered(error: Exception) -> tuple[str, str]:
    wrong = certificates.refusal(error)
    if wrong is not None:
        return f"the server is not trusted: {wrong}", "set it, or check --url"
    return f"no answer from the server: {error}", "start it with `credence serve`, or check --url"


def _unreadable(file: Path) -> bool:
    try:
        file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return True
    except OSError:
        return False
    return False


def _ended(detail: str, fix: str) -> typer.Exit:
    notices().print(Text.assemble(("error: ", "bold red"), harmless(detail)), soft_wrap=True)
    notices().print(Text.assemble(("fix: ", "bold"), harmless(fix)), soft_wrap=True)
    return typer.Exit(REFUSED)


def _settings_at_fault(error: Exception) -> str:
    """Names and messages, never the values: one of them may be a secret."""
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    faults = error.errors(include_input=False, include_url=False)
    return "; ".join(
        f"CREDENCE_{'.'.join(str(part) for part in fault['loc']).upper()}: {_wrong(fault)}"
        for fault in faults
    )


def _wrong(fault: Mapping[str, Any]) -> str:
    """What is wrong with a setting; pydantic counts the characters of a secret as items."""
    context = fault.get("ctx", {})
    if fault["type"] == "too_short" and context.get("field_type") == "Value":
        return f"has {context['actual_length']} characters, needs {context['min_length']} or more"
    return str(fault["msg"])
