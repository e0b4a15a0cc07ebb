"""New domains in InstructRec form from raw interactions."""
