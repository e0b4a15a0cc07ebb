"""The routed model as a process of its own, and how others speak with it."""
