"""The folder of recorded people, which lies beside the checkout where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[4] / "shared" / "data"

# CI has to have it: there the tests fail without.
NEEDS_DATA = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA.is_dir() and not os.environ.get("CI"), reason="the data folder is not here"
    ),
]
