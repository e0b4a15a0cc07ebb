"""What the clock has to do with a replay's figures, and what it could tell a ranker."""
