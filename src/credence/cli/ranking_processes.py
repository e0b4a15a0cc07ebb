"""Whether the ranking processes of the settings answer, and with which models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credence.app.examination import Finding

if TYPE_CHECKING:
    from pydantic import SecretStr

_SECONDS = 5


def ranker_process(url: str, version: str) -> Finding:
    """Whether the process answers with the routed model that we have."""
    import httpx

    name, fix = "ranker url", "start `credence serve-ranker`, or correct CREDENCE_RANKER_URL"
    where = _place(url)
    try:
        said = _health(url)
        status, model = said["status"], said["model"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        says = f"{where} does not answer ({type(error).__name__}): the model in process is used"
        return Finding(name, "problem", says, fix)
    if status != "ready":
        return Finding(name, "problem", f"{where} is {status}: the model in process is used", fix)
    if model != version:
        says = f"{where} has model {model} and this machine {version}, which is used instead"
        return Finding(name, "problem", says, "let both run the same version")
    return Finding(name, "ok", f"{where} answers with routed-{model}")


def language_process(name: str, url: str, *, key: SecretStr | None) -> Finding:
    """Whether the process answers with language models, and to this key."""
    import httpx

    fix = (
        "start `credence serve-ranker` with CREDENCE_CAUSAL_ROUTER, or correct CREDENCE_CAUSAL_URL"
    )
    where, instead = _place(url), "the local ranker's order stands"
    try:
        said = _health(url)
        status, told = said["status"], said.get("language_models")
        models = None if told is None else ", ".join(map(str, told["models"]))
        admitted = _admits(url, key)
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        says = f"{where} does not answer ({type(error).__name__}): {instead}"
        return Finding(name, "problem", says, fix)
    if status != "ready":
        return Finding(name, "problem", f"{where} is {status}: {instead}", fix)
    if told is None:
        says = f"{where} has no language models: {instead}"
        return Finding(name, "problem", says, "set CREDENCE_CAUSAL_ROUTER for the process there")
    if not admitted:
        says = f"{where} asks for another key: {instead}"
        return Finding(name, "problem", says, "correct CREDENCE_RANKER_KEY")
    return Finding(name, "ok", f"{where} orders by {told['ranker']}, with {models}")


def _health(url: str) -> Any:
    import httpx

    return httpx.get(f"{url}/health/ready", timeout=_SECONDS, trust_env=False).json()


def _admits(url: str, key: SecretStr | None) -> bool:
    """Whether the process takes this key, as its refusal of an empty request tells."""
    import httpx

    from credence.app.ranker_service.speech import ORDER_PATH

    headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
    asked = httpx.post(f"{url}{ORDER_PATH}", headers=headers, timeout=_SECONDS, trust_env=False)
    return asked.status_code != 401


def _place(url: str) -> str:
    import httpx

    place = httpx.URL(url)
    return f"{place.host}:{place.port or place.scheme}"
