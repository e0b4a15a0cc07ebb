"""The schema. Every table carries a tenant, and every key to another table carries it too.

All but `sign_ins`: an admin sees every tenant.
"""

from credence.memory.tables.admin import sign_ins
from credence.memory.tables.belief import (
    DIMENSION,
    EARLIEST,
    MOST_UNCHECKED,
    NEVER_CHECKED,
    SINCE_LAST_EVENT,
    chunks,
    encoders,
    events,
    evidence,
    items,
    ledger,
    metadata,
    planner_runs,
    profiles,
    revisions,
    unlinked,
    users,
)
from credence.memory.tables.collaborative import contributions, item_memories, touched_items
from credence.memory.tables.llm import llm_calls
from credence.memory.tables.ranking import ranker_weights
from credence.memory.tables.search import item_words
from credence.memory.tables.shown import impressions

__all__ = [
    "DIMENSION",
    "EARLIEST",
    "MADE_ANONYMOUS",
    "MOST_UNCHECKED",
    "NEVER_CHECKED",
    "OF_A_PERSON",
    "SINCE_LAST_EVENT",
    "chunks",
    "contributions",
    "encoders",
    "events",
    "evidence",
    "impressions",
    "item_memories",
    "item_words",
    "items",
    "ledger",
    "llm_calls",
    "metadata",
    "planner_runs",
    "profiles",
    "ranker_weights",
    "revisions",
    "sign_ins",
    "touched_items",
    "unlinked",
    "users",
]

# Erasure and the residue test walk these; the order lets foreign keys hold at every step.
OF_A_PERSON = (
    planner_runs,
    evidence,
    ledger,
    profiles,
    revisions,
    chunks,
    unlinked,
    events,
    contributions,
    impressions,
    users,
)

# Their rows stay when a person is erased, for the accounts, and name neither person nor run.
MADE_ANONYMOUS = (llm_calls,)
