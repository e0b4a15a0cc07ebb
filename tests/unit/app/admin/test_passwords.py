"""How often a password may be tried, and what is kept of the tries."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from credence.app.admin.passwords import TooManyAttempts, Tries


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def refused(tries: Tries, address: str) -> bool:
    try:
        tries.count(address)
    except TooManyAttempts:
        return True
    return False


def test_one_sender_has_ten_tries_a_minute_and_those_of_others_are_not_used_up() -> None:
    tries = Tries(Clock())

    assert [refused(tries, "192.0.2.1") for _ in range(500)] == [False] * 10 + [True] * 490
    assert not refused(tries, "192.0.2.2")


def test_a_minute_later_one_may_try_again() -> None:
    clock = Clock()
    tries = Tries(clock)
    for _ in range(10):
        tries.count("192.0.2.1")

    clock.now = 59.9
    assert refused(tries, "192.0.2.1")
    clock.now = 60.0
    assert not refused(tries, "192.0.2.1")


def test_however_many_senders_there_are_a_hundred_tries_are_kept() -> None:
    clock = Clock()
    tries = Tries(clock)

    got = [refused(tries, f"10.{n // 256}.{n % 256}.1") for n in range(5_000)]

    assert got == [False] * 100 + [True] * 4_900
    assert len(tries) == 100
    clock.now = 61.0
    assert not refused(tries, "10.0.0.1")
    assert len(tries) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        [f"2001:db8:1:2::{n:x}" for n in range(1, 12)],
        [f"fe80::{n:x}%eth{n}" for n in range(1, 12)],
        ["192.0.2.1", "::ffff:192.0.2.1"] * 6,
        ["a name", ""][:1] * 11,
    ],
)
def test_a_network_that_is_one_senders_counts_as_one(addresses: list[str]) -> None:
    tries = Tries(Clock())

    assert [refused(tries, address) for address in addresses[:11]] == [False] * 10 + [True]


def test_other_networks_are_other_senders() -> None:
    tries = Tries(Clock())

    assert not any(refused(tries, f"2001:db8:1:{n:x}::1") for n in range(20))
