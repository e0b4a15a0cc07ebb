"""How far items' own words move a list that a language model orders."""
