"""A stored model is the one that was written, or a clear error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from credence.inference.errors import DamagedModelFile, ModelMissing, UnsupportedModel
from credence.inference.listwise.bundle import read, shipped, write
from credence.inference.listwise.ranking import RoutedLists
from tests.unit.inference.listwise.made_up import HOMES, a_bundle, a_list

Manifest = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(a_bundle(steered=True), tmp_path / "model", provenance={"seed": 3})
    return tmp_path / "model"


def rewritten(folder: Path, change: Callable[[Manifest], object]) -> Path:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize("steered", [False, True])
def test_what_is_read_ranks_as_what_was_written(tmp_path: Path, *, steered: bool) -> None:
    bundle = a_bundle(steered=steered, version="2026-11")
    written = write(bundle, tmp_path, provenance={})

    found = read(tmp_path)

    case = a_list(explain=True)
    before, after = RoutedLists(bundle).rank(case), RoutedLists(found).rank(case)
    assert np.array_equal(before.logs, after.logs)
    assert (before.route.expert, before.route.alpha) == (after.route.expert, after.route.alpha)
    assert (found.edition, found.homes) == (written.edition, HOMES)
    assert found.version == RoutedLists(found).version == after.route.model
    assert found.version.startswith("2026-11-")
    assert list(found.experts) == list(bundle.experts)
    assert not any(part.training for part in (found.router, *found.experts.values()))


def test_models_that_differ_have_other_versions_of_one_number(tmp_path: Path) -> None:
    bundle = a_bundle()
    (first, *others) = [*bundle.experts]
    turned = {name: bundle.experts[name] for name in (*others, first)}
    bundles = {
        "one": bundle,
        "stirred": a_bundle(seed=1),
        "turned": replace(bundle, experts=turned),  # a route is an expert's place
        "again": a_bundle(),
    }
    for name, one in bundles.items():
        write(one, tmp_path / name, provenance={})

    versions = {name: read(tmp_path / name).version for name in bundles}

    assert versions["again"] == versions["one"]
    assert len(set(versions.values())) == 3
    assert bundle.version == "7"  # of what is not stored there is no more to say


def test_a_model_written_again_is_the_same_one(tmp_path: Path) -> None:
    write(a_bundle(steered=True), tmp_path / "one", provenance={"seed": 3})

    write(read(tmp_path / "one"), tmp_path / "other", provenance={"seed": 4})

    one, other = read(tmp_path / "one"), read(tmp_path / "other")
    assert one.version == other.version
    assert one.edition.data != other.edition.data


def test_what_a_model_was_made_from_is_told_where_its_manifest_tells(tmp_path: Path) -> None:
    data = []
    for at, provenance in enumerate(({}, {"seed": 3, "data": "a"}, {"data": "a", "seed": 3})):
        write(a_bundle(), tmp_path / str(at), provenance=provenance)
        data.append(RoutedLists(read(tmp_path / str(at))).rank(a_list()).route.data)

    assert data[0] is None
    assert data[1] == data[2] is not None


def test_the_model_that_ships_has_a_version_and_data_of_its_own() -> None:
    edition = read(shipped()).edition

    assert re.fullmatch(r"2-[0-9a-f]{8}", edition.version)
    assert edition.data is not None


def test_a_reward_model_without_what_blends_it_in_is_kept_and_not_asked(tmp_path: Path) -> None:
    steered = a_bundle(steered=True)
    write(replace(steered, alpha=None), tmp_path, provenance={})

    found = read(tmp_path)

    assert found.reward is not None
    assert found.alpha is None
    case, alone = a_list(), replace(steered, reward=None, alpha=None)
    assert np.array_equal(RoutedLists(found).rank(case).logs, RoutedLists(alone).rank(case).logs)


def test_what_blends_in_a_reward_model_is_left_out_without_one(tmp_path: Path) -> None:
    write(replace(a_bundle(steered=True), reward=None), tmp_path, provenance={})

    found = read(tmp_path)

    assert found.reward is None
    assert found.alpha is None


@pytest.mark.parametrize("name", ["generalist", "books", "router", "reward", "alpha"])
@pytest.mark.parametrize("harm", ["cut short", "altered", "missing"])
def test_a_file_that_is_not_the_one_vouched_for_is_named(
    folder: Path, name: str, harm: str
) -> None:
    path = folder / f"{name}.safetensors"
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "cut short":
        path.write_bytes(content[:-3])
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    error = ModelMissing if harm == "missing" else DamagedModelFile
    with pytest.raises(error, match=rf"{name}\.safetensors"):
        read(folder)


@pytest.mark.parametrize("content", [b"no tensors at all", b""])
def test_a_file_that_holds_no_tensors_is_named_even_where_it_is_vouched_for(
    folder: Path, content: bytes
) -> None:
    (folder / "books.safetensors").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    rewritten(folder, lambda m: m["sha256"].update({"books.safetensors": digest}))

    with pytest.raises(DamagedModelFile, match=r"books\.safetensors"):
        read(folder)


def test_a_file_of_another_shape_is_named(folder: Path) -> None:
    rewritten(folder, lambda m: m["shapes"]["films"].update({"width": 9}))

    with pytest.raises(DamagedModelFile, match=r"films\.safetensors"):
        read(folder)


def test_another_format_is_not_read(folder: Path) -> None:
    rewritten(folder, lambda m: m.update({"format": 99}))

    with pytest.raises(UnsupportedModel, match="format 99"):
        read(folder)


@pytest.mark.parametrize("key", ["version", "experts", "homes", "shapes", "alpha", "sha256"])
def test_a_manifest_that_lacks_something_says_what(folder: Path, key: str) -> None:
    rewritten(folder, lambda m: m.pop(key))

    with pytest.raises(DamagedModelFile, match=rf"manifest\.json.*{key}"):
        read(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("format"),
        lambda m: m.update({"experts": []}),
        lambda m: m.update({"experts": ["unknown"]}),
        lambda m: m.update({"shapes": {}}),
        lambda m: m["shapes"]["router"].update({"depth": 3}),
        lambda m: m["shapes"]["router"].update({"hidden": "wide"}),
        lambda m: m["sha256"].pop("router.safetensors"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_named(
    folder: Path, change: Callable[[Manifest], object]
) -> None:
    rewritten(folder, change)

    with pytest.raises(DamagedModelFile, match=r"manifest\.json"):
        read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"format": 1', "\xff"])
def test_a_manifest_that_is_none_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="latin-1")

    with pytest.raises(DamagedModelFile, match=r"manifest\.json"):
        read(folder)


def test_a_folder_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="train a model"):
        read(tmp_path / "nowhere")
