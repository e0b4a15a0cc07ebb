"""What the bundled encoder is called; told without loading it, which takes seconds."""

from __future__ import annotations

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
