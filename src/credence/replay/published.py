"""What others published on InstructRec, to print beside ours.

One right candidate and nine drawn at random, with instructions, by gpt-4o-mini where a model is
asked; from MemRec's tables through a transcription. Papers differ in people drawn, training, order
of candidates and treatment of failures, so these figures show a neighbourhood, not a race.
"""

from __future__ import annotations

from dataclasses import dataclass

WARNING = (
    "Protocols differ: other people were drawn, other negatives, other training data, and failures "
    "may have been dropped. The figures stand side by side to show the neighbourhood. They prove "
    "nothing about which system is better."
)
_DOMAINS = ("books", "reads", "movietv", "yelp")
_HIT_RATES = {  # HR@1 and HR@5 by domain
    "LightGCN": ((0.175, 0.570), (0.250, 0.790), (0.348, 0.688), (0.344, 0.755)),
    "SASRec": ((0.091, 0.485), (0.132, 0.541), (0.340, 0.638), (0.231, 0.560)),
    "P5": ((0.219, 0.527), (0.157, 0.506), (0.170, 0.501), (0.144, 0.522)),
    "Vanilla LLM": ((0.314, 0.727), (0.286, 0.739), (0.405, 0.860), (0.169, 0.686)),
    "iAgent": ((0.393, 0.691), (0.262, 0.659), (0.425, 0.742), (0.400, 0.730)),
    "RecBot": ((0.398, 0.679), (0.271, 0.650), (0.437, 0.731), (0.401, 0.717)),
    "AgentCF": ((0.346, 0.740), (0.295, 0.773), (0.391, 0.786), (0.193, 0.637)),
    "i2Agent": ((0.445, 0.771), (0.310, 0.768), (0.491, 0.822), (0.421, 0.765)),
    "MemRec": ((0.512, 0.801), (0.400, 0.805), (0.588, 0.882), (0.487, 0.791)),
}
_NDCG_5 = {
    "MemRec": (0.660, 0.611, 0.742, 0.646),
    "i2Agent": (0.614, 0.548, 0.667, 0.601),
}
_MARS_HR_1 = (0.499, 0.369, 0.591, 0.587)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One figure of somebody else's."""

    system: str
    domain: str
    measure: str
    value: float
    source: str


def published(domain: str) -> tuple[Published, ...]:
    """What was published about a domain; nothing about one that others have not used."""
    if domain not in _DOMAINS:
        return ()
    at = _DOMAINS.index(domain)
    tables = "tables of the MemRec paper"
    rows = [
        (system, measure, values[at][k], tables)
        for system, values in _HIT_RATES.items()
        for k, measure in enumerate(("HR@1", "HR@5"))
    ]
    rows += [(system, "NDCG@5", values[at], tables) for system, values in _NDCG_5.items()]
    rows.append(("MARS", "HR@1", _MARS_HR_1[at], "a leaderboard page, unverified"))
    return tuple(
        Published(system=system, domain=domain, measure=measure, value=value, source=source)
        for system, measure, value, source in rows
    )
