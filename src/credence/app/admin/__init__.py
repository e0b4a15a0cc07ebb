"""Pages for people: what is believed of somebody, why, since when, and putting it right."""
