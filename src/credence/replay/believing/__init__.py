"""Credence itself as a system under test: the application as it serves, on memory of its own."""
