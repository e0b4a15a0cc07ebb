"""Replays read back for the admin pages: a folder of them, two side by side, their reports."""
