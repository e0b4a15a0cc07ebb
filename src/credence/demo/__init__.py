"""The world that `make demo` shows: a catalogue and simulated people, written for this project."""
