"""Rooms that go from one reading to the next, with the passes that were recorded over them."""

from __future__ import annotations

from threading import Lock
from weakref import ref

from credence.inference.causal.room import Room

_STEP = 64  # slots: rooms grow by doubling and in multiples of this


def slots_a_row(longest: int, *, kept: bool) -> int:
    """What a room has for so many tokens: in coarse steps where rooms are kept, so that the next
    reading needs the same."""
    steps = -(-longest // _STEP)
    return _STEP * (1 << (steps - 1).bit_length() if kept else steps)


class Lease:
    """A room that nobody else has while this is held."""

    def __init__(self, room: Room) -> None:
        self.room = room


class SlotPool:
    """Keeps rooms of at most so many slots together; beyond, and by default, nothing is kept."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._kept: list[tuple[Room, ref[Lease]]] = []  # the one used last is the last
        self._lock = Lock()

    def lease(self, rows: int, longest: int) -> Lease:
        """An empty room for this many tokens a row, one that was used before if there is one."""
        capacity = slots_a_row(longest, kept=self._most > 0)
        with self._lock:
            for at, (room, holder) in enumerate(self._kept):
                if (room.rows, room.capacity) == (rows, capacity) and holder() is None:
                    del self._kept[at]
                    room.clear()
                    break
            else:
                room = Room(rows, capacity)
            lease = Lease(room)
            if self._makes_place(room.slots):
                self._kept.append((room, ref(lease)))
        return lease

    def forget(self) -> None:
        """Keep nothing of what there is; what is held stays with its holder."""
        with self._lock:
            self._kept.clear()

    def _makes_place(self, slots: int) -> bool:
        """Drop rooms that nobody holds, the one used longest ago first, until there is place."""
        over = sum(room.slots for room, _ in self._kept) + slots - self._most
        if slots > self._most:
            return False
        for entry in [entry for entry in self._kept if entry[1]() is None]:
            if over <= 0:
                break
            self._kept.remove(entry)
            over -= entry[0].slots
        return over <= 0
