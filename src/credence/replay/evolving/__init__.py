"""Tastes that evolve: people's timelines walked, the system asked before each step."""
