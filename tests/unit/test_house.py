"""House rules that a reader should be able to rely on, and the documents that mirror the code."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic_core import PydanticUndefined
from typer.main import get_command

from credence.app.settings import Settings
from credence.cli.main import app

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
# A migration is as long as the schema it makes; an empty file only marks a package.
READ = [path for path in SOURCES if path.parent.name != "versions"]
SPOKEN = [path for path in SOURCES if path.read_text(encoding="utf-8").strip()]
VAGUE = {"utils", "util", "helper", "helpers", "common", "manager", "managers", "base", "misc"}
MOST_LINES = 400


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_a_file_is_named_for_what_it_holds(path: Path) -> None:
    assert not VAGUE & set(re.split(r"[_.]", path.stem))


@pytest.mark.parametrize("path", READ, ids=_relative)
def test_a_file_stays_readable_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", SPOKEN, ids=_relative)
def test_a_module_with_code_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_import_contracts_hold() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None, "lint-imports is not installed beside this Python"
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _settings_table() -> Iterator[str]:
    """The rows of README's configuration table as Settings would have them."""
    for name, field in Settings.model_fields.items():
        default = field.default
        if name == "data_dir":
            shown = "the platform's user data folder"
        elif default is None or default is PydanticUndefined:
            shown = "unset"
        else:
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        yield f"| `CREDENCE_{name.upper()}` | {shown} | {field.description} |"


def test_readme_lists_every_setting_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = [line for line in readme.splitlines() if line.startswith("| `CREDENCE_")]
    assert listed == list(_settings_table())


def test_env_example_lists_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^# (CREDENCE_\w+)=", example, flags=re.MULTILINE)
    assert named == [f"CREDENCE_{name.upper()}" for name in Settings.model_fields]


def test_values_in_env_example_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env here
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^# (CREDENCE_\w+)=(.*)$", example, flags=re.MULTILINE))
    unset = {"DATABASE_URL", "DATA_DIR", "API_KEYS", "RANKER_MODEL", "RANKER_URL", "RANKER_KEY"}
    unset |= {"LLM_DAILY_BUDGET", "LLM_DAILY_TOKENS", "LLM_PRICES", "LLM_RANK_RISE"}
    of_models = re.compile(r"LLM_((PLANNER|EXTRACTOR|SYNTHESIZER|RANKER)_)?(BASE_URL|KEY|MODEL)")
    unset |= {f"CAUSAL_{name}" for name in ("URL", "ROUTER", "EXPERTS", "HEAD")}
    unset |= {f"CAUSAL_{name}" for name in ("REWARD", "ALPHA", "BASE")}
    for name in [name.removeprefix("CREDENCE_") for name in given]:
        if name in unset or of_models.fullmatch(name):  # by default
            given.pop(f"CREDENCE_{name}")
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CREDENCE_{name.upper()}", raising=False)
    default = Settings()
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert Settings() == default


def test_env_example_as_a_whole_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env here
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^# (CREDENCE_\w+)=(.*)$", example, flags=re.MULTILINE))
    elsewhere = given.pop("CREDENCE_CAUSAL_URL")  # where the models are not in this process
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.model_fields_set == set(Settings.model_fields) - {"causal_url"}
    assert settings.llm is not None
    assert settings.causal is not None
    monkeypatch.setenv("CREDENCE_CAUSAL_URL", elsewhere)
    for name in ("ROUTER", "EXPERTS", "HEAD", "REWARD", "ALPHA", "BASE"):
        monkeypatch.delenv(f"CREDENCE_CAUSAL_{name}")
    assert str(Settings().causal_url) == f"{elsewhere}/"


def _compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    )
    return parsed


def test_compose_starts_the_api_on_a_healthy_migrated_database() -> None:
    services = _compose()["services"]

    assert "pg_isready" in services["database"]["healthcheck"]["test"][1]
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["migrate"]["command"] == ["credence", "db", "upgrade"]
    waits_for = services["api"]["depends_on"]["migrate"]["condition"]
    assert waits_for == "service_completed_successfully"


def test_compose_sets_only_what_settings_know() -> None:
    known = {f"CREDENCE_{name.upper()}" for name in Settings.model_fields}
    for service in ("migrate", "api", "worker", "ranker"):
        assert set(_compose()["services"][service]["environment"]) <= known


def test_compose_names_the_database_that_it_makes() -> None:
    services = _compose()["services"]
    made = services["database"]["environment"]
    url = services["api"]["environment"]["CREDENCE_DATABASE_URL"]
    assert url.startswith(f"postgresql://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@")
    assert url.endswith(f"@database:5432/{made['POSTGRES_DB']}")


def test_compose_reserves_a_gpu_for_the_ranker_and_runs_a_command_that_there_is() -> None:
    ranker = _compose()["services"]["ranker"]

    (device,) = ranker["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])
    program, command, *options = ranker["command"]
    assert (program, command) == ("credence", "serve-ranker")
    known = get_command(app).commands[command].params  # type: ignore[attr-defined]
    assert set(options[::2]) <= {name for option in known for name in option.opts}
    port = options[options.index("--port") + 1]
    assert f":{port}/health/ready" in ranker["healthcheck"]["test"][-1]
    assert "ports" not in ranker  # the API alone reaches it
    assert f"=http://ranker:{port} " in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_compose_runs_workers_by_a_command_that_there_is_on_the_database_of_the_api() -> None:
    services = _compose()["services"]

    program, command, *options = services["worker"]["command"]
    assert (program, command) == ("credence", "work")
    known = get_command(app).commands[command].params  # type: ignore[attr-defined]
    assert set(options[::2]) <= {name for one in known for name in one.opts}
    given = dict(zip(options[::2], options[1::2], strict=True))
    first = int(given["--port"])
    ports = tuple(range(first, first + int(given["--processes"])))
    assert f"for port in {ports}]" in services["worker"]["healthcheck"]["test"][-1]
    assert "ports" not in services["worker"]  # for what reads figures beside it
    assert services["worker"]["environment"] == services["api"]["environment"]


def test_compose_builds_the_ranker_with_another_torch() -> None:
    (name,) = _compose()["services"]["ranker"]["build"]["args"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(rf"^ARG {name}=\S+/cpu$", dockerfile, flags=re.MULTILINE)
    assert f'--extra-index-url "${name}"' in dockerfile


def test_compose_lets_only_this_machine_in() -> None:
    (port,) = _compose()["services"]["api"]["ports"]
    assert port.startswith("127.0.0.1:")


def test_the_image_copies_only_what_the_context_lets_through() -> None:
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, flags=re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied <= allowed
    assert all((ROOT / source).exists() for source in copied)


def test_constraints_pin_every_direct_dependency() -> None:
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    pinned = {name.lower().replace("_", "-") for name in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=;! ]", line)[0].lower().replace("_", "-") for line in asked}

    assert names <= pinned
    assert not [version for version in pins.values() if "+" in version]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in ci
    assert re.search(r"^make test$", ci, flags=re.MULTILINE)
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_make_target_that_needs_packages_sets_itself_up() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "serve", "test", "bench", "lint-rules", "lint-types", "lint-imports"):
        assert re.search(rf"^{target}: setup$", makefile, flags=re.MULTILINE), target
