"""What Credence costs, each figure as a ratio against a named baseline in the same run."""
