"""Prints the figures of the toy worlds: `python -m scripts.toys [--seeds 5]`."""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import replace

import torch
from rich.console import Console
from rich.table import Table

from credence.inference.routing.blend import FixedAlpha
from scripts.toys.dialects import LABELS, two_dialects
from scripts.toys.experts import ROUTER, measure, right_routes, train_experts, train_router
from scripts.toys.guided import GRID, alphas, held_out, learnt, loss_where, world
from scripts.toys.models import TinyRouter
from scripts.toys.policies import policies
from scripts.toys.preferred import align, preferred

OUT = Console(width=130)


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, no_wrap=True)
    return made


def routing(seeds: int) -> None:
    """Worlds 1 and 2, and world 4, which starts from world 1's router."""
    right = table(
        "1. right expert, share of disagreeing positions",
        *("seed", "n", "untrained", "after SFT", "loss: fused", "selection", "average", "expert 0"),
    )
    known = table(
        "2. words that no expert knows",
        *("seed", "policy", "rare words", "-log p there", "accuracy there", "-log p of all"),
    )
    kept = table(
        "4. right expert after CDPO, share of disagreeing positions; pairs won, margin in nats",
        *("seed", "before", "pairs of", "CDPO", "", "CDPO mixed with SFT", ""),
    )
    for seed in range(seeds):
        plain = two_dialects(seed)
        experts = train_experts(plain, seed)
        untrained = measure(plain, TinyRouter(LABELS, 2, ROUTER), experts)
        router = train_router(plain, experts, seed)
        measured = measure(plain, router, experts)
        hits, said = right_routes(measured), policies(measured)
        right.add_row(
            f"{seed}",
            f"{len(hits)}",
            f"{right_routes(untrained).float().mean():.4f}",
            f"{hits.float().mean():.4f}",
            *(f"{said[name].loss():.3f}" for name in ("fused", "selection", "average", "expert 0")),
        )

        rare = two_dialects(seed, rare=True)
        fused = measure(rare, train_router(rare, experts, seed), experts)
        alone = measure(rare, train_router(rare, experts, seed, of="alone"), experts)
        said, other = policies(fused), policies(alone)
        where = fused.cause.rare
        for name, one in {
            "oracle selection": said["oracle selection"],
            "selection": said["selection"],
            "fused": said["fused"],
            "fused, complement trained alone": other["fused"],
            "router trained alone, no expert": other["router alone"],
        }.items():
            known.add_row(
                f"{seed}",
                name,
                f"{int(where.sum())}",
                f"{one.loss(where):.3f}",
                f"{one.accuracy(where):.3f}",
                f"{one.loss():.3f}",
            )

        before = hits.float().mean()
        for dialects in ((0,), (0, 1)):
            cells = []
            for mixing in (False, True):
                after = align(plain, router, experts, seed, mixing=mixing, dialects=dialects)
                share = right_routes(measure(plain, after, experts)).float().mean()
                pairs = preferred(replace(plain, dialects=dialects), after, router, experts)
                cells += [f"{share:.4f}", f"{pairs.won:.3f} {pairs.margin:.1f}"]
            kept.add_row(f"{seed}", f"{before:.4f}", f"dialects {dialects}", *cells)
    for made in (right, known, kept):
        OUT.print(made)
        OUT.print()


def guided(seeds: int) -> None:
    """World 3."""
    made = table(
        "3. held-out log p of a sequence, and its paired difference to the best fixed alpha",
        *("seed", "alpha 0", "alpha 1", "best of 11 fixed", "learnt by", "log p", "difference"),
        *("alpha at tastes", "elsewhere"),
    )
    harm = table("3. -log p with alpha 0 / 1", "seed", "at tastes", "elsewhere", "pairs won")
    for seed in range(seeds):
        toy = world(seed)
        fixed = {alpha: held_out(FixedAlpha(alpha), toy) for alpha in GRID}
        best = max(GRID, key=lambda alpha: fixed[alpha].mean().item())
        harm.add_row(
            f"{seed}",
            *(
                f"{loss_where(0.0, toy, where):.3f} / {loss_where(1.0, toy, where):.3f}"
                for where in (toy.is_taste, ~toy.is_taste)
            ),
            f"{toy.pairs_won:.3f}",
        )
        for kind in ("full logits", "top k"):
            router = learnt(kind, toy, seed)
            said = held_out(router, toy)
            gain = said - fixed[best]
            error = 1.96 * gain.std().item() / len(gain) ** 0.5
            taste, elsewhere = alphas(router, toy)
            made.add_row(
                f"{seed}",
                f"{fixed[0.0].mean():.3f}",
                f"{fixed[1.0].mean():.3f}",
                f"{fixed[best].mean():.3f} at {best}",
                kind,
                f"{said.mean():.3f}",
                f"{gain.mean():+.3f} ± {error:.3f}",
                f"{taste:.3f}",
                f"{elsewhere:.3f}",
            )
    for one in (harm, made):
        OUT.print(one)
        OUT.print()


def main() -> None:
    """All worlds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    began = time.perf_counter()
    routing(seeds)
    guided(seeds)
    taken = time.perf_counter() - began
    OUT.print(
        f"{seeds} seeds, 500 held-out sequences each, {taken:.0f} s, one thread, torch "
        f"{torch.__version__}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
