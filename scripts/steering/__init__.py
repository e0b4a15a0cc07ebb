"""How far a list follows what a person says of themselves."""
