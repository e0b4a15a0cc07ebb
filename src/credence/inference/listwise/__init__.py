"""The small ranking models that ship: listwise, over vectors, with candidates as labels."""
