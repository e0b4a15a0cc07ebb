"""Variables that look like settings and are none."""

from __future__ import annotations

from difflib import get_close_matches

from credence.app.examination import Finding

_OF_COMMANDS = {"credence_api_key"}


def unknown_variables() -> list[Finding]:
    """One for each CREDENCE_ variable of the environment or .env that nothing reads, by name."""
    from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

    from credence.app.settings import Settings

    known = _OF_COMMANDS | {f"credence_{name}" for name in Settings.model_fields}
    given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars}
    return [
        Finding(
            "variable",
            "absent",  # others may put theirs there, as Kubernetes does for a service's name
            f"{name.upper()} is no setting, and is not used",
            _fix(name, sorted(known)),
        )
        for name in sorted(given - known)
        if name.startswith("credence_")
    ]


def _fix(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"perhaps {near[0].upper()} is meant; or unset it" if near else "unset it"
