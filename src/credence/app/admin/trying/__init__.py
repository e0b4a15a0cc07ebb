"""Try it: a ranking with its reasons, beside the same with something changed."""
