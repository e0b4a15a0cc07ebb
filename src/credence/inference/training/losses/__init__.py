"""What is minimised: pure functions of logits, for sequences and for one step over a list alike.

Shapes: `(...)` is (B, T) for sequences and (B,) for rankings, where a row is one step and V counts
candidates. A mask (...) says which positions count; what lies outside it may hold anything, minus
infinity and labels out of range included, and gets no gradient.
"""
