"""`python -m credence`: the same as the `credence` command."""

from credence.cli.main import app

app()
