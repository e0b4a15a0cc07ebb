"""How good or bad words of judgement sound, by VADER with a lexicon for reviews."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from hashlib import blake2b

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from credence.planner.extraction.lexicon import read_data

_READ = 400  # characters; judgement comes early, and VADER's time grows with the text
_REMEMBERED = 8_192  # opinions kept: under 2 MB


def opinion(text: str) -> float:
    """VADER's compound score in [-1, 1] of the start of a text; 0 where nothing is judged.

    Scores are remembered by a digest of what was read, so that no words of a person stay in
    memory after they were erased.
    """
    read = text[:_READ]
    key = blake2b(read.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    remembered = _scores()
    score = remembered.get(key)
    if score is None:
        score = remembered[key] = float(_analyzer().polarity_scores(read)["compound"])
        if len(remembered) > _REMEMBERED:
            remembered.popitem(last=False)
    return score


@cache
def _scores() -> OrderedDict[bytes, float]:
    """Scores by digest, the oldest first."""
    return OrderedDict()


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """VADER (Hutto & Gilbert 2014) that hears judgement and not plot."""
    data = read_data("sentiment.toml")
    analyzer = SentimentIntensityAnalyzer()
    kept = {word: analyzer.lexicon[word] for word in data["kept"] if word in analyzer.lexicon}
    analyzer.lexicon = kept | data["added"]
    return analyzer
