"""Language models as the environment describes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from credence.app.adapters.llm.endpoint import Endpoint
from credence.app.settings import Settings
from credence.app.token_prices import TokenPrice, prices_in
from credence.planner.llm.asking import Role

URL = "https://models.example/v1"


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CREDENCE_{name.upper()}", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(f"CREDENCE_LLM_{name.upper()}", value)
    return Settings(_env_file=None)  # type: ignore[call-arg]


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, str]:
    """The field at fault, and all that is said."""
    with pytest.raises(ValidationError) as error:
        given(monkeypatch, **variables)
    (fault,) = error.value.errors()
    return str(fault["loc"][0]), str(error.value)


def test_without_a_server_no_role_is_played_whatever_else_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert given(monkeypatch).llm is None
    assert given(monkeypatch, base_url="", key="k", model="large").llm is None
    assert given(monkeypatch, base_url=" ", daily_budget="", daily_tokens="", prices="").llm is None


def test_one_server_plays_every_role(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = given(monkeypatch, base_url=f"{URL}/", key="k", model="large").llm

    assert llm is not None
    expected = Endpoint(base_url=URL, key=SecretStr("k"), model="large")
    assert llm.endpoints == dict.fromkeys(Role, expected)
    assert llm.endpoints.get(Role.RANKER) == expected


def test_only_named_roles_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = given(monkeypatch, base_url=URL, model="large", roles=" ranker, planner,ranker,").llm

    assert llm is not None
    assert list(llm.endpoints) == [Role.PLANNER, Role.RANKER]
    assert llm.endpoints.get(Role.EXTRACTOR) is None


def test_a_role_of_its_own_server_alone_is_the_only_one_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    llm = given(monkeypatch, ranker_base_url=URL, ranker_model="small").llm

    assert llm is not None
    assert llm.endpoints == {Role.RANKER: Endpoint(base_url=URL, key=None, model="small")}


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ({"planner_base_url": "http://other:1/v1"}, (("http://other:1/v1", None, "large"))),
        ({"planner_base_url": URL}, (URL, None, "large")),
        (
            {"planner_base_url": "http://other:1", "planner_key": "own"},
            ("http://other:1", "own", "large"),
        ),
        ({"planner_key": "own"}, (URL, "own", "large")),
        ({"planner_model": "small"}, (URL, "common", "small")),
    ],
)
def test_a_key_goes_only_where_it_was_given_for(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str], sent: tuple[str, str | None, str]
) -> None:
    llm = given(monkeypatch, base_url=URL, key="common", model="large", **own).llm

    assert llm is not None
    endpoint, other = llm.endpoints.get(Role.PLANNER), llm.endpoints.get(Role.EXTRACTOR)
    assert endpoint is not None
    key = endpoint.key and endpoint.key.get_secret_value()
    assert (endpoint.base_url, key, endpoint.model) == sent
    assert other == Endpoint(base_url=URL, key=SecretStr("common"), model="large")
    assert "common" not in repr(llm)


def test_a_server_without_a_model_is_refused_with_the_variable_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    field, said = refused(monkeypatch, base_url=URL, key="s3cret", planner_model="large")

    assert field == "llm_model"
    assert "set CREDENCE_LLM_MODEL" in said
    assert "CREDENCE_LLM_EXTRACTOR_MODEL" in said
    assert "s3cret" not in said


def test_a_model_is_needed_only_for_roles_that_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = given(monkeypatch, base_url=URL, planner_model="large", roles="planner").llm

    assert llm is not None
    assert llm.endpoints.keys() == {Role.PLANNER}


@pytest.mark.parametrize(
    ("variables", "field", "says"),
    [
        ({"roles": "planner,s3cret"}, "llm_roles", "role 2 of CREDENCE_LLM_ROLES is unknown"),
        ({"roles": " , "}, "llm_roles", "unset CREDENCE_LLM_BASE_URL"),
        ({"base_url": "https://me:s3cret@x/v1"}, "llm_base_url", "ends in KEY"),
        ({"ranker_base_url": "https://s3cret@x/v1"}, "llm_ranker_base_url", "ends in KEY"),
        ({"base_url": "s3cret"}, "llm_base_url", "valid URL"),
        ({"prices": "large=1/s3cret/2"}, "llm_prices", "price 1 of CREDENCE_LLM_PRICES is not"),
        ({"daily_budget": "s3cret"}, "llm_daily_budget", "valid number"),
        ({"daily_budget": "inf"}, "llm_daily_budget", "finite"),
        ({"daily_budget": "5"}, "llm_prices", "write model=input/cached/output"),
        (
            {"daily_budget": "5", "prices": "s3cret=1/1/1", "base_url": URL, "model": "large"},
            "llm_prices",
            "no price for the planner's model",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], field: str, says: str
) -> None:
    at, said = refused(monkeypatch, **variables)

    assert at == field
    assert says in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "given_seconds",
    [{"call_seconds": "180"}, {"call_seconds": "300"}, {"run_seconds": "60"}],
)
def test_a_run_no_longer_than_a_call_is_refused_with_what_to_set(
    monkeypatch: pytest.MonkeyPatch, given_seconds: dict[str, str]
) -> None:
    field, said = refused(monkeypatch, base_url=URL, model="large", **given_seconds)

    assert field == "llm_run_seconds"
    assert "set CREDENCE_LLM_RUN_SECONDS to three times CREDENCE_LLM_CALL_SECONDS" in said


@pytest.mark.parametrize(
    "variables",
    [
        {"base_url": URL, "model": "large", "call_seconds": "180", "run_seconds": "181"},
        {"base_url": URL, "model": "large", "call_seconds": "180", "roles": "ranker"},
        {"call_seconds": "180"},
    ],
)
def test_where_no_run_asks_or_it_is_longer_a_call_may_take_its_time(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    assert given(monkeypatch, **variables).llm_call_seconds == 180


def test_the_examples_of_the_docs_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
    blocks = [one for one in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "LLM_CALL" in one]
    for block in blocks:
        variables = dict(re.findall(r"^CREDENCE_LLM_(\w+)=(\S+)", block, flags=re.MULTILINE))
        settings = given(monkeypatch, **({"base_url": URL, "model": "large"} | variables))
        assert settings.llm is not None
        assert settings.llm.run_seconds >= 3 * settings.llm.call_seconds
    assert len(blocks) == 3


@pytest.mark.parametrize("tokens", ["-1", "1.5", "many", "1000000"])
def test_reasoning_tokens_are_a_number_within_reason(
    monkeypatch: pytest.MonkeyPatch, tokens: str
) -> None:
    field, _ = refused(monkeypatch, base_url=URL, model="large", reasoning_tokens=tokens)

    assert field == "llm_reasoning_tokens"


def test_a_budget_is_taken_where_every_model_that_is_asked_has_a_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    llm = given(
        monkeypatch,
        base_url=URL,
        model="large",
        ranker_model="unpriced",
        roles="planner",
        daily_budget="2.5",
        prices="large=1/0.1/4",
    ).llm

    assert llm is not None
    assert (llm.daily_budget, llm.daily_tokens) == (2.5, None)


@pytest.mark.parametrize(
    "written",
    [
        "org/large=1.25/0.13/10, a=b=0/0/1,",
        ' {"org/large": [1.25, 0.13, 10], "a=b": {"input": 0, "cached": 0, "output": 1}}',
    ],
)
def test_prices_are_pairs_or_json(written: str) -> None:
    assert prices_in(written) == {
        "org/large": TokenPrice(input=1.25, cached=0.13, output=10),
        "a=b": TokenPrice(input=0, cached=0, output=1),
    }


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("large", "price 1 of CREDENCE_LLM_PRICES names no model"),
        ("=1/2/3", "price 1 of CREDENCE_LLM_PRICES names no model"),
        ("a=1/2/3,a=1/2/3", "price 2 of CREDENCE_LLM_PRICES repeats a model"),
        ("a=1/2", "not three numbers"),
        ("a=1/2/-3", "not three numbers"),
        ("a=1/nan/3", "not three numbers"),
        ('{"a": "123"}', "not three numbers"),
        ('{"a": {"input": 1, "output": 2}}', "not three numbers"),
        ('{"a": [1, [2], 3]}', "not three numbers"),
        ('{"a": [1, 2, 3]', "not well-formed JSON"),
    ],
)
def test_what_is_no_price_is_refused_with_how_to_write_one(written: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as error:
        prices_in(written)

    assert "write model=input/cached/output" in str(error.value)


def test_a_call_costs_what_its_tokens_do() -> None:
    price = TokenPrice(input=2, cached=0.5, output=8)

    assert price.of(tokens_in=1_000_000, tokens_cached=0, tokens_out=0) == 2
    assert price.of(tokens_in=1_000_000, tokens_cached=1_000_000, tokens_out=0) == 0.5
    assert price.of(tokens_in=0, tokens_cached=0, tokens_out=500_000) == 4
    assert price.of(tokens_in=0, tokens_cached=10, tokens_out=0) == 0  # more cached than sent


@pytest.mark.parametrize("name", ["key", "ranker_key"])
@pytest.mark.parametrize("key", ["sk-\u201csecret\u201d", "sk-sec\nret"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    field, said = refused(monkeypatch, base_url=URL, model="m", **{name: key})

    assert field == f"llm_{name}"
    assert "no header can carry" in said
    assert "sec" not in said
