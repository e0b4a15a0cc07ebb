"""The listwise network, candidate by candidate in double precision: slow, and plain to read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from credence.inference.listwise.case import lists_of
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network
from tests.unit.inference.listwise.worlds import a_full_list

Row = dict[str, Tensor]


def some_lists() -> Lists:
    """Five cases of different sizes under three variants; some lack much."""
    sizes: list[dict[str, Any]] = [
        {"candidates": 4, "chunks": 3, "events": 5},
        {"candidates": 7, "chunks": 0, "events": 2, "asked": False},
        {"candidates": 1, "chunks": 2, "events": 0},
        {"candidates": 5, "chunks": 6, "events": 4},
        {"candidates": 3, "chunks": 0, "events": 0},
    ]
    cases = [a_full_list(variants=3, seed=seed, **size) for seed, size in enumerate(sizes)]
    for at in (1, 3):  # somebody who wrote nothing, an event of an item that is gone
        cases[3].voices[at] = 0
        cases[0].events[at] = 0
    return lists_of(cases)


def alone(lists: Lists, case: int, variant: int) -> Row:
    """One case under one variant, without what pads it or is not kept."""
    row: Row = {name: value[case].double() for name, value in lists._asdict().items()}
    here = lists.present[case]
    kept, held = lists.keep_events[case, variant], lists.keep_chunks[case, variant]
    row["signals"] = row["signals"][variant][here]
    for name in ("candidates", "words", "people", "liking"):
        row[name] = row[name][here]
    row["age"] = torch.arange(len(kept)).double()[kept]
    for name in ("events", "attitudes", "voices", "event_words"):
        row[name] = row[name][kept]
    for name in ("company", "followed", "followed_soon"):
        row[name] = row[name][kept][:, here]
    for name in ("chunks", "strengths", "confidences"):
        row[name] = row[name][held]
    return row


def said(network: Network, row: Row) -> tuple[Tensor, Tensor]:
    """Logits (N,) and hidden state (H + homes,) of one list by a network in double precision."""
    n = len(row["candidates"])
    body = torch.stack([network.body(_candidate(network, row, at)) for at in range(n)])
    mean, most = body.mean(0), body.amax(0)
    mixed = torch.stack([network.mix(torch.cat([one, mean, most])) for one in body])
    linear = row["signals"] / network.spreads @ network.linear[int(row["asked"])]
    state = torch.tanh(network.state(torch.cat([mixed.mean(0), mean])))
    at_home = 5 * torch.exp(100 * (network.homes @ normalize(row["centre"], dim=0) - 1))
    return linear + network.out(mixed)[:, 0], torch.cat([state, at_home])


def _candidate(network: Network, row: Row, at: int) -> Tensor:
    """All that the body reads of one candidate."""
    signals = row["signals"] / network.spreads
    gap = signals - signals.mean(0)
    spread = gap.square().mean(0).sqrt()
    told = [signals[at] / 3, gap[at] / (spread + 0.3), _told(row, at)]
    item, words = normalize(row["candidates"][at] - row["centre"], dim=0), row["words"][at]
    if network.shape.rank:
        asked = network.project["instruction"](row["instruction"])
        item, words = network.project["candidate"](item), network.project["words"](words)
        told.append(torch.stack([item @ asked, words @ asked, words @ item]))
    return torch.cat([*told, *_of_events(network, row, at), *_of_chunks(network, row, at)])


def _told(row: Row, at: int) -> Tensor:
    """What is wanted and written, beside what others say of the candidates and of this one."""
    spoken = [voice for voice in row["voices"] if voice.any()]
    voice = torch.stack(spoken).mean(0) if spoken else 0 * row["wording"]
    words, items = row["words"], normalize(row["candidates"] - row["centre"], dim=1)
    clean = row["wording"] - row["asked"] * voice
    relative = torch.stack(
        [
            3 * words @ row["wording"],
            3 * words @ clean,
            2 * normalize(words, dim=1) @ clean,
            3 * normalize(words, dim=1) @ row["instruction"],
            3 * items @ clean,
            3 * items @ row["instruction"],
        ]
    )
    plain = [3 * words[at] @ voice, 3 * items[at] @ voice, row["people"][at].log1p() / 3]
    plain += [row["liking"][at], row["asked"], torch.tensor(len(row["age"]) / 15)]
    return torch.cat([relative[:, at] - relative.mean(1), torch.stack(plain)])


def _of_events(network: Network, row: Row, at: int) -> tuple[Tensor, Tensor, Tensor]:
    size = network.shape.pair
    pulled = recent = torch.zeros(size, dtype=torch.double)
    pools, mass = torch.zeros(3, dtype=torch.double), 0.5
    item, words = normalize(row["candidates"][at] - row["centre"], dim=0), row["words"][at]
    for event, age in enumerate(row["age"]):
        company, of_event = row["company"][event], row["event_words"][event]
        went_on, soon = row["followed"][event], row["followed_soon"][event]
        there = row["events"][event]
        place = normalize(there - row["centre"], dim=0) * there.any()
        read = [
            10 * company[at],
            company[at].clamp_min(1e-3).log() / 3 + 1.5,
            10 * (company[at] - company.mean()),
            20 * went_on[at],
            20 * (went_on[at] - went_on.mean()),
            40 * soon[at],
            40 * (soon[at] - soon.mean()),
            3 * place @ item,
            3 * of_event @ words,
            3 * of_event @ item,
            3 * place @ words,
            there @ row["instruction"],
            3 * of_event @ row["wording"],
            row["attitudes"][event],
            age / 15,
            torch.exp(-age),
            row["asked"],
        ]
        if network.shape.rank:
            project = network.project
            read.append(project["event"](place) @ project["candidate"](item))
            read.append(project["words"](of_event) @ project["words"](words))
        pair = network.pair(torch.stack(read))
        pull = pair[size].clamp(-8, 8).exp()
        pulled, mass = pulled + pull * pair[:size], mass + pull
        recent = recent + torch.exp(-age / 5) * pair[:size] / 3
        pools = pools + pair[size + 1 :] / 8
    return pulled / mass, recent, pools


def _of_chunks(network: Network, row: Row, at: int) -> tuple[Tensor, Tensor]:
    size = network.shape.chunk
    total = pulled = torch.zeros(size, dtype=torch.double)
    mass = 1.0
    for number, chunk in enumerate(row["chunks"]):
        read = [
            3 * chunk @ row["candidates"][at],
            3 * chunk @ row["words"][at],
            chunk @ row["instruction"],
            row["strengths"][number],
            row["confidences"][number],
            row["asked"],
        ]
        told = network.chunk(torch.stack(read))
        pull = told[size].clamp(-8, 8).exp()
        total = total + told[:size]
        pulled, mass = pulled + pull * told[:size], mass + pull
    return total / (4 + len(row["chunks"])), pulled / mass
