"""What of a problem (RFC 9457) tells one refusal from another."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError


class _Fault(BaseModel):
    field: str


class ToldProblem(BaseModel):
    """Its kind and the fields at fault; what is no problem tells neither."""

    type: str = ""
    errors: tuple[_Fault, ...] = ()

    @classmethod
    def in_(cls, body: bytes) -> ToldProblem:
        """As far as this is one, however it was made."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return cls()

    @property
    def kind(self) -> str:
        """Which of Credence's it is; empty for any other."""
        prefix = "urn:credence:problem:"
        return self.type.removeprefix(prefix) if self.type.startswith(prefix) else ""

    def is_of(self, kind: str) -> bool:
        """Whether it is one of Credence's of this kind."""
        return self.kind == kind

    def names(self, field: str) -> bool:
        """Whether this field is at fault."""
        return any(one.field == field for one in self.errors)
