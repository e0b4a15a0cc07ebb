"""Putting it right: every act is a correction with who, when and why."""
