"""Training and measuring the routed model on recorded people."""
