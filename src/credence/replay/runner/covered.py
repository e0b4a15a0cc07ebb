"""Which answers an audit is of: what was answered since, it has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def digest(answers: bytes) -> str:
    """Tells the content of a system's file of answers."""
    return hashlib.sha256(answers).hexdigest()


def findings_of(audit: Any, answers: Mapping[str, str]) -> tuple[Mapping[str, Any], ...]:
    """What an audit found, if it is of these answers (digests by system) and of no others.

    None where systems or answers came after it, and of an audit that does not say what it is of,
    as earlier versions wrote them.
    """
    if not isinstance(audit, dict) or audit.get("answers") != dict(answers):
        return ()
    found = audit.get("findings")
    return tuple(found) if isinstance(found, list) else ()
