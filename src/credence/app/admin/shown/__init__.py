"""Lists that a person was shown, and why an item is on one in the words of language models."""
