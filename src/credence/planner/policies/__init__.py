"""Who decides: the adaptive policy built in, and two plain ones to compare it with."""
