"""Models on this machine: everything that needs torch.

OpenMP's threads spin only briefly before they sleep: a server shares its cores with Postgres and
with itself. Spinning as long as by default is a little quicker on an idle machine and far slower
on a busy one (`python -m scripts.encoder_speed`; docs/log.md). Must be said before torch is first
imported.
"""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "3000")
