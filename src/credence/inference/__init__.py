"""Models on this machine: everything that needs torch.

OpenMP's threads spin only briefly before they sleep: a server shares its cores with Postgres and
with itself. One short text at the median, on two cores, idle / one core busy with other work:
spinning as by default 6 / 28 ms (and 178 ms at the 90th percentile), this long 7 / 15 ms, not at
all 12.5 / 12.4 ms (docs/log.md). Must be said before torch is first imported.
"""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "3000")
