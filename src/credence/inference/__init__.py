"""Models on this machine: everything that needs torch.

OpenMP's threads wait asleep rather than spinning: a server shares its cores with Postgres and
with itself, and spinning threads made an encoder call on two busy cores seventeen times slower
(185 ms against 11 ms at the median; docs/log.md). Must be said before torch is first imported.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
