"""The words of the conversation: path and headers that caller and service share."""

from __future__ import annotations

PATH = "/v1/rank"
MODEL = "X-Credence-Model"  # version of the model that must answer
DEADLINE = "X-Credence-Deadline-Ms"  # from now; nobody waits for the answer after it
LONGEST_DEADLINE = 60_000  # milliseconds
CASE_TYPE = "application/vnd.credence.case+safetensors"
