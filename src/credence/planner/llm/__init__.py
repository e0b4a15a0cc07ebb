"""The four roles of arXiv 2605.14401 played by a language model: planner, extractor, synthesizer,
ranker. What a model answers is untrusted: it is parsed, checked against the belief, and bounded."""
