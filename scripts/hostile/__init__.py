"""How far an item's own words bring it up in a list that a language model orders."""
