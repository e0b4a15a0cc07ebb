"""What a study of evolving tastes found, as figures ready to be drawn and as tables."""
