"""How good or bad words of judgement sound, by VADER with a lexicon for reviews."""

from __future__ import annotations

from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from credence.planner.extraction.by_digest import ByDigest
from credence.planner.extraction.lexicon import read_data

_READ = 400  # characters; judgement comes early, and VADER's time grows with the text
_REMEMBERED = 8_192  # opinions kept: under 2 MB


def opinion(text: str) -> float:
    """VADER's compound score in [-1, 1] of the start of a text; 0 where nothing is judged."""
    return _score(text[:_READ])


def _scored(read: str) -> float:
    return float(_analyzer().polarity_scores(read)["compound"])


_score = ByDigest(_scored, most=_REMEMBERED)


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """VADER (Hutto & Gilbert 2014) that hears judgement and not plot."""
    data = read_data("sentiment.toml")
    analyzer = SentimentIntensityAnalyzer()
    kept = {word: analyzer.lexicon[word] for word in data["kept"] if word in analyzer.lexicon}
    analyzer.lexicon = kept | data["added"]
    return analyzer
