"""`app.replays.Replays` on a folder: `make replay` writes one study into it, or many lie in it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from credence.app.replays import Beside, Kind, Listing, Replay, Report
from credence.replay.errors import ReplayError
from credence.replay.shown.beside import beside
from credence.replay.shown.folder import REPORT, looks_like_one, replay_of, stamp
from credence.replay.shown.within import Within

_MOST = 200  # folders that are looked into
_KEPT = 16  # comparisons
_PARTS = frozenset({"exams", "runs", "people", "texts"})  # of a study that lies here itself
_HEAD = 20_000  # bytes in which a report names its policy
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_HASH = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")


class ReplayFolder:
    """Replays in a folder, read anew when their files change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._within = Within(folder)
        self._read: dict[str, tuple[tuple[object, ...], Replay]] = {}
        self._beside: dict[tuple[object, ...], Beside] = {}
        self._comparing = Lock()  # one at a time: each takes a core for seconds

    @property
    def folder(self) -> Path:
        return self._folder

    def listed(self) -> Listing:
        """The latest `_MOST` folders by when they were touched, in the order of their replays."""
        places = self._places()
        found = [self._replay(name, place) for name, place in list(places.items())[:_MOST]]
        found.sort(key=lambda one: (one.at is None, -one.at.timestamp() if one.at else 0, one.name))
        return Listing(tuple(found), more=len(places) > _MOST)

    def get(self, name: str) -> Replay | None:
        place = self._places().get(name)
        return None if place is None else self._replay(name, place)

    def report(self, name: str) -> Report | None:
        """None where there is none that may be read."""
        place = self._places().get(name)
        if place is None or not self._within.has_file(place / REPORT):
            return None
        try:
            content = self._within.bytes(place / REPORT)
        except ReplayError:
            return None
        policy = _POLICY.search(content[:_HEAD])
        named = html.unescape(policy.group(1).decode(errors="replace")) if policy else ""
        return Report(content, tuple(dict.fromkeys(_HASH.findall(named))))

    def beside(self, left: Replay, right: Replay, *, ours: str = "", theirs: str = "") -> Beside:
        places = self._places()
        one, other = places.get(left.name), places.get(right.name)
        if one is None or other is None:
            return Beside((), ("one of them is there no more",))
        key = (one, other, ours, theirs, stamp(one), stamp(other))
        with self._comparing:
            if key not in self._beside:
                made = beside((one, left), (other, right), self._within, ours=ours, theirs=theirs)
                while len(self._beside) >= _KEPT:
                    del self._beside[next(iter(self._beside))]
                self._beside[key] = made
            return self._beside[key]

    def _replay(self, name: str, place: Path) -> Replay:
        if not self._within.holds(place):
            trouble = "a link that leads out of the folder of replays: it is not followed"
            return _in_trouble(name, trouble)
        now = stamp(place)
        kept = self._read.get(name)
        if kept is None or kept[0] != now:
            kept = self._read[name] = (now, replay_of(place, name, self._within))
        return kept[1]

    def _places(self) -> Mapping[str, Path]:
        """Folders by name, those touched last first; the folder itself where it is a replay."""
        root = self._folder
        try:
            inner = [path for path in root.iterdir() if path.is_dir() and _shown(path.name)]
            own = looks_like_one(root) and not _only_children(root, inner)
        except OSError:
            return {}
        if own:
            inner = [path for path in inner if path.name not in _PARTS]
        inner.sort(key=lambda path: (-_touched(path), path.name))
        found = {path.name: path for path in inner}
        if own:
            name = self._within.root.name or "replay"
            found = {name if name not in found else f"{name} itself": root, **found}
        return found


def _in_trouble(name: str, trouble: str) -> Replay:
    """A folder of which nothing is read."""
    return Replay(name=name, kind=Kind.UNKNOWN, trouble=trouble)


def _only_children(root: Path, inner: list[Path]) -> bool:
    """Whether what looks like runs of the folder itself are replays in it, each for itself."""
    own = any(
        (root / name).exists() for name in ("figures.json", REPORT, "evolve.json", "run.json")
    )
    return not own and not any(path.name in _PARTS for path in inner)


def _shown(name: str) -> bool:
    """Hidden folders are not, nor names that are no text."""
    return not name.startswith(".") and not any("\ud800" <= c <= "\udfff" for c in name)


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
