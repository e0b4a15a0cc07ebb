"""`credence doctor`: what is configured, what is missing, and what will be used instead."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from credence.app.examination import Finding, of_data_folder, of_pgvector, of_schema, of_server
from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results
from credence.cli.ranking_processes import (
    explaining_process,
    language_process,
    ranker_process,
)
from credence.cli.refusals import refusals
from credence.cli.variables import unknown_variables

if TYPE_CHECKING:
    from credence.app.adapters.llm.endpoint import Endpoint
    from credence.app.settings import Settings

_TRUST = "correct SSL_CERT_FILE, the server's certificate or CREDENCE_LLM_BASE_URL"
_HELD = "none if a server that runs here holds them; else free memory there, or take smaller models"
_STYLES = {"ok": "green", "absent": "yellow", "problem": "bold red"}


def doctor(as_json: Json = False) -> None:
    """Check the installation (exit code 1 if there is a problem). Secrets are never printed."""
    with refusals():
        from credence.app.settings import Settings

        found = examine(Settings())
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            results().print(_line(finding), soft_wrap=True)
    if any(finding.state == "problem" for finding in found):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which one would mend things."""
    return [
        Finding("python", "ok", sys.version.split()[0]),
        *unknown_variables(),
        _data_folder(settings),
        *_database(settings),
        *_models(settings),
        *_rankers(settings),
        *_language_models(settings),
        explanations(settings),
        _keys(settings),
    ]


def _data_folder(settings: Settings) -> Finding:
    if settings.database_url is not None:
        return Finding("data folder", "absent", "not used: CREDENCE_DATABASE_URL is set")
    return of_data_folder(settings.data_dir)


def _database(settings: Settings) -> list[Finding]:
    if settings.database_url is not None:
        return _looked_at(settings.database_url.get_secret_value(), embedded=False)
    folder = settings.data_dir / "postgres"
    if not (folder / "PG_VERSION").exists():
        return [
            Finding("database", "absent", f"none yet: an embedded Postgres is made in {folder}")
        ]
    from credence.app.adapters import embedded_postgres

    try:
        url = embedded_postgres.start(folder)
    except embedded_postgres.EmbeddedPostgresFailed as error:
        return [Finding("database", "problem", str(error), f"read {folder / 'log'}")]
    return _looked_at(url, embedded=True)


def _looked_at(url: str, *, embedded: bool) -> list[Finding]:
    """Server, pgvector and schema of a database; the URL's password stays out of sight."""
    import psycopg
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from credence.app.database_refusal import reason_of

    try:
        parsed = make_url(url)
    except ArgumentError:
        return [
            Finding(
                "database",
                "problem",
                "CREDENCE_DATABASE_URL is not a URL",
                "write it as postgresql://user:password@host:5432/name",
            )
        ]
    where = "embedded" if embedded else f"{parsed.host}:{parsed.port or 5432}/{parsed.database}"
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, connect_timeout=5) as connection:
            postgres = connection.info.server_version // 10_000
            row = connection.execute(
                "SELECT default_version, installed_version FROM pg_available_extensions "
                "WHERE name = 'vector'"
            ).fetchone()
    except psycopg.OperationalError as error:
        return [
            Finding(
                "database",
                "problem",
                f"{where} does not answer: {reason_of(error)}",
                "start it, or correct CREDENCE_DATABASE_URL",
            )
        ]
    return [
        of_server(where, postgres),
        of_pgvector(*(row or (None, None))),
        _schema(url, embedded=embedded),
    ]


def _schema(url: str, *, embedded: bool) -> Finding:
    from credence.app import schema

    return of_schema(schema.present(url), schema.newest(), embedded=embedded)


def _models(settings: Settings) -> list[Finding]:
    import torch

    if torch.cuda.is_available():
        gpu = Finding("gpu", "ok", torch.cuda.get_device_name(0))
    else:
        gpu = Finding("gpu", "absent", f"none: the CPU is used, {torch.get_num_threads()} threads")
    return [_encoder(settings.encoder_device), *language_models(settings), gpu]


def _encoder(device: str) -> Finding:
    """Where the bundled encoder computes."""
    from credence.inference.bundled import DIMENSION, NAME
    from credence.inference.devices import device_named
    from credence.inference.errors import ModelError

    try:
        on = device_named(device).type
    except ModelError as error:
        return Finding("encoder", "problem", str(error), "correct CREDENCE_ENCODER_DEVICE")
    where = "GPU" if on == "cuda" else "CPU"
    says = f"{NAME}, {DIMENSION} dimensions, installed with Credence, on the {where}"
    return Finding("encoder", "ok", says)


def language_models(settings: Settings) -> list[Finding]:
    """Whether each role's server answers and knows its model; roles of one model as one line."""
    told = settings.llm
    if told is None:
        says = f"none: the built-in policy ({settings.policy}), extractor and synthesizer are used"
        return [Finding("llm", "absent", says)]
    roles: dict[Endpoint, list[str]] = {}
    for role, endpoint in told.endpoints.items():
        roles.setdefault(endpoint, []).append(role.value)
    return [_language_model(endpoint, ", ".join(names)) for endpoint, names in roles.items()]


def _language_model(endpoint: Endpoint, roles: str) -> Finding:
    import httpx

    from credence.app.adapters.llm.proxies import place_of
    from credence.app.certificates import (
        AuthoritiesUnreadable,
        authorities,
        refusal,
        unreached,
    )

    key = (
        {}
        if endpoint.key is None
        else {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"}
    )
    place = httpx.URL(endpoint.base_url)
    where = f"{endpoint.model} at {place.host}:{place.port or place.scheme} for {roles}"
    proxy = None if endpoint.proxy is None else endpoint.proxy.get_secret_value()
    if proxy is not None:
        where += f" through the proxy {place_of(proxy)}"
    try:
        through = httpx.HTTPTransport(proxy=proxy, verify=authorities())
        with httpx.Client(transport=through) as client:
            answer = client.get(f"{endpoint.base_url}/models", headers=key, timeout=5)
        answer.raise_for_status()
        known = {one["id"] for one in answer.json()["data"]}
    except httpx.HTTPStatusError as error:
        says = f"{where}: status {error.response.status_code}; the built-in parts are used"
        return Finding("llm", "problem", says, "correct CREDENCE_LLM_KEY and CREDENCE_LLM_BASE_URL")
    except (httpx.HTTPError, AuthoritiesUnreadable, ValueError, KeyError, TypeError) as error:
        says = f"{where} {unreached(error)}; the built-in parts are used"
        fix = "start it, or correct CREDENCE_LLM_BASE_URL"
        return Finding("llm", "problem", says, fix if refusal(error) is None else _TRUST)
    if endpoint.model not in known:
        says = f"{where}: the server does not list that model"
        return Finding("llm", "problem", says, "correct CREDENCE_LLM_MODEL")
    return Finding("llm", "ok", where)


def _rankers(settings: Settings) -> list[Finding]:
    """What orders candidates: in process, and elsewhere if so configured."""
    from credence.inference.errors import ModelError
    from credence.inference.listwise.bundle import read, shipped

    if settings.ranker == "semantic":
        return [Finding("ranker", "ok", "the semantic one, in process")]
    try:
        version = read(settings.ranker_model or shipped()).version
    except ModelError as error:
        if settings.ranker == "routed":
            return [Finding("ranker", "problem", str(error), "or set CREDENCE_RANKER=auto")]
        return [Finding("ranker", "absent", f"{error}; the semantic one is used")]
    local = Finding("ranker", "ok", f"routed-{version}, in process")
    if settings.ranker_url is None:
        return [local]
    return [local, ranker_process(settings.ranker_url, version)]


def _language_models(settings: Settings) -> list[Finding]:
    """Those that rank elsewhere, or in process as far as can be seen without loading them."""
    name, told = "causal lms", settings.causal
    if settings.causal_url is not None:
        return [language_process(name, settings.causal_url, key=settings.ranker_key)]
    if told is None:
        return []
    from credence.app.causal_ranker import models_of
    from credence.inference.causal.load import looked_at
    from credence.inference.errors import ModelError

    try:
        checked = looked_at(models_of(told))
    except ModelError as error:
        return [Finding(name, "problem", str(error), "correct the CREDENCE_CAUSAL_ settings")]
    parts = [told.router]
    if told.experts:
        parts.append(f"{len(told.experts)} experts")
    if told.reward is not None:
        parts.append("a reward model")
    says, needs = f"{', '.join(parts)}, in {told.dtype} on {checked.device}", checked.needs
    if needs.lacking > 0:
        return [Finding(name, "absent", f"{says}: {needs.told}", _HELD)]
    return [Finding(name, "ok", says)]


def explanations(settings: Settings) -> Finding:
    """Whether language models say in words why an item was shown."""
    name, tokens = "explanations", settings.causal_explanation_tokens
    instead = "the built-in reasons alone say why an item is on a list"
    if settings.causal is None and settings.causal_url is None:
        if not tokens:
            return Finding(name, "absent", f"none in words: {instead}")
        says = f"none in words, as no model is named that could write them: {instead}"
        return Finding(name, "absent", says, "set CREDENCE_CAUSAL_ROUTER or CREDENCE_CAUSAL_URL")
    if not tokens:
        says = f"none in words, as CREDENCE_CAUSAL_EXPLANATION_TOKENS is 0: {instead}"
        return Finding(name, "absent", says)
    if settings.causal_url is not None:
        return explaining_process(name, settings.causal_url, tokens=tokens)
    return Finding(name, "ok", f"in words of the causal lms, {tokens} tokens at most")


def _keys(settings: Settings) -> Finding:
    if not settings.api_keys:
        return Finding(
            "api keys",
            "absent",
            "none: no key is asked for, everybody is tenant `default`, and `credence serve` "
            "listens on this machine alone",
        )
    tenants = ", ".join(sorted(set(settings.api_keys.values())))
    return Finding("api keys", "ok", f"{len(settings.api_keys)} for tenants {tenants}")


def _line(finding: Finding) -> Text:
    line = Text.assemble(
        (f"{finding.state:<8}", _STYLES[finding.state]),
        (f"{finding.name:<13}", "bold"),
        harmless(finding.says),
    )
    if finding.fix:
        line.append(f"\n{'':<21}fix: {harmless(finding.fix)}")
    return line
