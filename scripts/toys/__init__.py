"""Toy worlds with known answers, one for each claim about training (`python -m scripts.toys`)."""
