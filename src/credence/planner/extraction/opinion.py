"""How good or bad words of judgement sound, by VADER with a lexicon for reviews."""

from __future__ import annotations

from functools import cache, lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from credence.planner.extraction.lexicon import read_data

_READ = 400  # characters; judgement comes early, and VADER's time grows with the text


@lru_cache(maxsize=8_192)
def opinion(text: str) -> float:
    """VADER's compound score in [-1, 1] of the start of a text; 0 where nothing is judged."""
    return float(_analyzer().polarity_scores(text[:_READ])["compound"])


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """VADER (Hutto & Gilbert 2014) that hears judgement and not plot."""
    data = read_data("sentiment.toml")
    analyzer = SentimentIntensityAnalyzer()
    kept = {word: analyzer.lexicon[word] for word in data["kept"] if word in analyzer.lexicon}
    analyzer.lexicon = kept | data["added"]
    return analyzer
