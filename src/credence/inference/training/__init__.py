"""Training of routed models: losses, stages made of them, and one plain loop on accelerate."""
