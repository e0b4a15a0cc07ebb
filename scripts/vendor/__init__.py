"""Files of other projects that ship inside the package: `python -m scripts.vendor`."""
