"""Heads of frozen language models, learnt from lists whose best candidate is known."""
