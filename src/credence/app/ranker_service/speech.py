"""The words of the conversation: paths and headers that caller and service share."""

from __future__ import annotations

PATH = "/v1/rank"
ORDER_PATH = "/v1/order"  # by language models
EXPLAIN_PATH = "/v1/explain"  # by them too
MODEL = "X-Credence-Model"  # version of the model that must answer
DEADLINE = "X-Credence-Deadline-Ms"  # from now; nobody waits for the answer after it
LONGEST_DEADLINE = 60_000  # milliseconds
LONGEST_ORDER = 600_000  # milliseconds, as CREDENCE_CAUSAL_SECONDS may be
CASE_TYPE = "application/vnd.credence.case+safetensors"
ORDER_TYPE = "application/json"
LATE = "late"  # the kind of a refusal of what could not be done in time
QUEUE_FULL = "queue-full"  # the kind of a refusal that says nothing ill of the service
