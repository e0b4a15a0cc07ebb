"""The bundled encoder as a function that any process can import."""

from __future__ import annotations

import pickle
import subprocess
import sys

from credence.replay.bundled import encode


def test_it_goes_to_another_process_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(encode)) is encode


def test_the_model_is_not_loaded_before_there_is_a_text() -> None:
    code = "import sys, credence.replay.bundled; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"
