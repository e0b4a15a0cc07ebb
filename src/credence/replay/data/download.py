"""Fetches files of the release from Google Drive, by gdown where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from credence.replay.data.release import LINK, NAMED_BY, PEOPLE
from credence.replay.errors import ReplayError
from credence.replay.loaders.released import FRAME, MAPPING

_PATIENCE = 30  # seconds between two bytes
_RETRIES = 3


class DownloadFailed(ReplayError):
    """Files could not be fetched; the message says where they are."""

    fix = "fetch the two files of the domain by hand into the folder, then leave out --download"


def download(domain: str, folder: Path, *, link: str = LINK) -> tuple[Path, ...]:
    """Both files of a domain in `folder`/`domain`; what is there already stays as it is.

    `link` is the Drive folder that holds them. Raises DownloadFailed.
    """
    if domain not in PEOPLE:
        raise DownloadFailed(f"the release has no domain {domain}; it has {', '.join(PEOPLE)}")
    names = (FRAME.format(domain=domain), MAPPING.format(domain=domain))
    target = folder / domain
    wanted = [name for name in names if not (target / name).exists()]
    if wanted:
        _fetch(wanted, target, link)
    return tuple(target / name for name in names)


def _fetch(wanted: Sequence[str], target: Path, link: str) -> None:
    gdown = _gdown()
    by_hand = f"The folder is {link}, as {NAMED_BY} says; --from names another"
    listed = _tried(
        lambda: gdown.download_folder(
            url=link, skip_download=True, quiet=True, use_cookies=False, timeout=_PATIENCE
        ),
        f"{link} could not be listed",
        by_hand,
    )
    ids = {Path(file.path).name: file.id for file in listed}
    missing = [name for name in wanted if name not in ids]
    if missing:
        raise DownloadFailed(f"{link} does not hold {', '.join(missing)}. {by_hand}.")
    target.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        partial = target / f"{name}.part"
        _tried(
            lambda name=name, partial=partial: gdown.download(  # type: ignore[misc]
                id=ids[name],
                output=str(partial),
                quiet=True,
                use_cookies=False,
                timeout=_PATIENCE,
                retries=_RETRIES,
            ),
            f"{name} could not be fetched",
            by_hand,
        )
        partial.replace(target / name)


def _gdown() -> Any:
    try:
        return importlib.import_module("gdown")
    except ImportError as error:
        raise DownloadFailed(
            "gdown is not installed: `pip install 'credence[download]'`, or fetch the files by "
            f"hand from {LINK}, as {NAMED_BY} says"
        ) from error


def _tried(attempt: Callable[[], Any], failed: str, by_hand: str) -> Any:
    gdown = _gdown()
    try:
        return attempt()
    except (OSError, ValueError, gdown.exceptions.DownloadError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DownloadFailed(f"{failed}: {reason}. Is there internet here? {by_hand}.") from error
