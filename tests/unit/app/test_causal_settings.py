"""Which language models rank in this process, as the environment says it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from credence.app.causal_ranker import models_of
from credence.app.settings import Settings
from credence.planner.llm.asking import Role

SERVER = {"CREDENCE_LLM_BASE_URL": "http://127.0.0.1:1/v1", "CREDENCE_LLM_MODEL": "large"}

ELSEWHERE = "http://ranker:8001"


def told(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)  # type: ignore[call-arg]


def test_without_a_router_no_language_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, CREDENCE_CAUSAL_ROUTER=" ").causal is None


def test_everything_that_is_named_reaches_the_wiring(monkeypatch: pytest.MonkeyPatch) -> None:
    made = told(
        monkeypatch,
        CREDENCE_CAUSAL_ROUTER="/models/router",
        CREDENCE_CAUSAL_EXPERTS="/models/films, /models/books,",
        CREDENCE_CAUSAL_HEAD="/models/head.safetensors",
        CREDENCE_CAUSAL_REWARD="/models/reward",
        CREDENCE_CAUSAL_ALPHA="/models/alpha.safetensors",
        CREDENCE_CAUSAL_BASE="/models/base",
        CREDENCE_CAUSAL_DTYPE="fp16",
        CREDENCE_CAUSAL_DEVICE="cpu",
        CREDENCE_CAUSAL_TOP="30",
        CREDENCE_CAUSAL_ORDERS="2",
        CREDENCE_CAUSAL_SECONDS="1.5",
        CREDENCE_CAUSAL_RISE="",
        CREDENCE_CAUSAL_LONGEST="9000",
    ).causal

    assert made is not None
    assert made.experts == ("/models/films", "/models/books")
    assert (made.head, made.alpha) == (
        Path("/models/head.safetensors"),
        Path("/models/alpha.safetensors"),
    )
    assert (made.reward, made.base) == ("/models/reward", "/models/base")
    assert (made.dtype, made.device) == ("fp16", "cpu")
    assert (made.top, made.orders, made.seconds, made.rise) == (30, 2, 1.5, None)
    assert made.longest == 9_000
    assert made.name_with("labels-1") == "router-labels-1"


@pytest.mark.parametrize("wrong", ["255", "1048577", "long"])
def test_room_for_no_prompt_or_for_any_is_refused(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        told(monkeypatch, CREDENCE_CAUSAL_LONGEST=wrong)

    assert [error["loc"] for error in refused.value.errors()] == [("causal_longest",)]


@pytest.mark.parametrize(("tokens", "decoding"), [("0", False), ("80", True)])
def test_models_are_made_ready_to_write_where_explanations_are_and_have_the_room_that_is_told(
    monkeypatch: pytest.MonkeyPatch, tokens: str, *, decoding: bool
) -> None:
    made = told(
        monkeypatch,
        CREDENCE_CAUSAL_ROUTER="/models/router",
        CREDENCE_CAUSAL_EXPLANATION_TOKENS=tokens,
        CREDENCE_CAUSAL_LONGEST="9000",
    ).causal

    assert made is not None
    models = models_of(made)
    assert (models.decoding, models.longest) == (decoding, 9_000)


@pytest.mark.parametrize("name", ["HEAD", "EXPERTS", "REWARD", "ALPHA", "BASE"])
def test_a_part_without_a_router_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        told(monkeypatch, **{f"CREDENCE_CAUSAL_{name}": "/models/x"})

    (error,) = refused.value.errors()
    assert error["loc"] == ("causal_router",)
    assert f"CREDENCE_CAUSAL_{name} is not" in error["msg"]


def test_models_elsewhere_and_in_this_process_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValidationError) as refused:
        told(monkeypatch, CREDENCE_CAUSAL_ROUTER="/models/router", CREDENCE_CAUSAL_URL=ELSEWHERE)

    (error,) = refused.value.errors()
    assert error["loc"] == ("causal_url",)
    assert "CREDENCE_CAUSAL_ROUTER is too" in error["msg"]


@pytest.mark.parametrize("wrong", ["ranker:8001", "ftp://ranker", "me:s3cret@ranker"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        told(monkeypatch, CREDENCE_CAUSAL_URL=wrong)

    (error,) = refused.value.errors()
    assert error["loc"] == ("causal_url",)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("variable", ["CAUSAL_URL", "RANKER_URL"])
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("http://me:s3cret@ranker:8001", "a user or a password"),
        ("http://s3cret@ranker:8001", "a user or a password"),
        ("http://:s3cret@ranker", "a user or a password"),
        ("http://ranker:8001/?key=s3cret", "a [?] or a #"),
        ("http://ranker:8001/#s3cret", "a [?] or a #"),
    ],
)
def test_an_address_with_more_than_a_place_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str, says: str
) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        told(monkeypatch, **{f"CREDENCE_{variable}": wrong})

    assert [error["loc"] for error in refused.value.errors()] == [(variable.lower(),)]
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("variable", ["CAUSAL_URL", "RANKER_URL"])
def test_an_address_may_have_a_path(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    settings = told(monkeypatch, **{f"CREDENCE_{variable}": "https://gpu.example/ranker/"})

    assert str(getattr(settings, variable.lower())) == "https://gpu.example/ranker/"


def test_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, CREDENCE_CAUSAL_URL=" ").causal_url is None


@pytest.mark.parametrize(
    "causal", [{"CREDENCE_CAUSAL_ROUTER": "/models/router"}, {"CREDENCE_CAUSAL_URL": ELSEWHERE}]
)
def test_causal_models_take_the_rankers_role_from_a_server(
    monkeypatch: pytest.MonkeyPatch, causal: dict[str, str]
) -> None:
    served = told(monkeypatch, **SERVER).llm
    beside = told(monkeypatch, **SERVER, **causal).llm
    alone = told(monkeypatch, **SERVER, CREDENCE_LLM_ROLES="ranker").llm

    assert served is not None
    assert beside is not None
    assert served.endpoints.keys() - beside.endpoints.keys() == {Role.RANKER}
    assert alone is None
