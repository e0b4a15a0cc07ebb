"""The belief page of a person: three tiers side by side at any revision."""
