"""Keeps libraries from writing over what a command prints."""

from __future__ import annotations


def without_loading_bars() -> None:
    """No progress bars while the encoder's weights are read: that takes a second."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
