"""Whether the ranking processes of the settings answer, and with which models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credence.app.certificates import AuthoritiesUnreadable, authorities, unreached
from credence.app.examination import Finding

if TYPE_CHECKING:
    import httpx
    from pydantic import AnyHttpUrl, SecretStr

    from credence.app.ranker_service.health import Health

_SECONDS = 5
_KEY_IS_RIGHT, _KEY_IS_WRONG = 415, 401  # to an empty request that names no media type


def ranker_process(url: AnyHttpUrl, version: str) -> Finding:
    """Whether the process answers with the routed model that we have."""
    import httpx

    name, fix = "ranker url", "start `credence serve-ranker`, or correct CREDENCE_RANKER_URL"
    where = _place(url)
    try:
        said = _health(url)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AuthoritiesUnreadable) as error:
        says = f"{where} {unreached(error)}; the model in process is used"
        return Finding(name, "problem", says, fix)
    if said.status != "ready":
        says = f"{where} is {said.status}: the model in process is used"
        return Finding(name, "problem", says, fix)
    if said.model != version:
        says = f"{where} has model {said.model} and this machine {version}, which is used instead"
        return Finding(name, "problem", says, "let both run the same version")
    return Finding(name, "ok", f"{where} answers with routed-{said.model}")


def language_process(name: str, url: AnyHttpUrl, *, key: SecretStr | None) -> Finding:
    """Whether the process answers with language models, and to this key."""
    import httpx

    fix = (
        "start `credence serve-ranker` with CREDENCE_CAUSAL_ROUTER, or correct CREDENCE_CAUSAL_URL"
    )
    where, instead = _place(url), "the local ranker's order stands"
    try:
        said = _health(url)
        status = _status_of_nothing(url, key)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AuthoritiesUnreadable) as error:
        says = f"{where} {unreached(error)}; {instead}"
        return Finding(name, "problem", says, fix)
    told = said.language_models
    if said.status != "ready":
        return Finding(name, "problem", f"{where} is {said.status}: {instead}", fix)
    if told is None:
        says = f"{where} has no language models: {instead}"
        return Finding(name, "problem", says, "set CREDENCE_CAUSAL_ROUTER for the process there")
    if status == _KEY_IS_WRONG:
        says = f"{where} asks for another key: {instead}"
        return Finding(name, "problem", says, "correct CREDENCE_RANKER_KEY")
    if status != _KEY_IS_RIGHT:
        says = f"{where} answers {status} where orders are asked for: {instead}"
        return Finding(name, "problem", says, "see its log, and what stands between, if anything")
    return Finding(name, "ok", f"{where} orders by {told.ranker}, with {', '.join(told.models)}")


def explaining_process(name: str, url: AnyHttpUrl, *, tokens: int) -> Finding:
    """Whether the language models of the process write explanations, and of how many tokens."""
    import httpx

    where = _place(url)
    try:
        told = _health(url).language_models
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AuthoritiesUnreadable) as error:
        says = f"none in words while {where} {unreached(error)}"
        return Finding(name, "absent", says)  # the line of the process is the problem
    if told is None or not told.explanation_tokens:
        says = f"none in words: {where} writes none"
        fix = "set CREDENCE_CAUSAL_EXPLANATION_TOKENS for the process there, or 0 here"
        return Finding(name, "problem", says, fix)
    most = min(tokens, told.explanation_tokens)
    return Finding(name, "ok", f"in words of {where}, {most} tokens at most")


def _health(url: AnyHttpUrl) -> Health:
    """What it says of itself. Raises ValueError where that is none."""
    from credence.app.ranker_service.health import Health

    with _client() as client:
        said = client.get(_below(url, "/health/ready"))
    return Health.model_validate_json(said.content)


def _status_of_nothing(url: AnyHttpUrl, key: SecretStr | None) -> int:
    """By which it refuses an empty request with this key; to be busy does not count."""
    from credence.app.ranker_service.speech import ORDER_PATH, QUEUE_FULL
    from credence.app.ranker_service.told_problem import ToldProblem

    headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
    with _client() as client:
        asked = client.post(_below(url, ORDER_PATH), headers=headers)
    busy = asked.status_code == 503 and ToldProblem.in_(asked.content).is_of(QUEUE_FULL)
    return _KEY_IS_RIGHT if busy else asked.status_code


def _client() -> httpx.Client:
    """As the API asks: by no proxy, and believing the same authorities."""
    import httpx

    return httpx.Client(verify=authorities(), timeout=_SECONDS, trust_env=False)


def _below(url: AnyHttpUrl, path: str) -> str:
    return str(url).rstrip("/") + path


def _place(url: AnyHttpUrl) -> str:
    return f"{url.host}:{url.port}"
