"""Untrusted words, and a world in which a model obeys them."""
