"""Heads for somebody's own language models, learnt and tried on recorded people."""
