"""A ranking process whose passes wait until a file is there: FOLDER QUEUE PORT."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from credence.app.ranker_service.batcher import Pace
from credence.app.ranker_service.draining_server import DrainingServer
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.web import create_service
from credence.inference.devices import device_named
from credence.inference.errors import NoAnswer
from credence.inference.listwise.batch_ranking import BatchedLists
from credence.inference.listwise.bundle import read
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists


class Gated(BatchedLists):
    """The model, once the gate is open."""

    gate: Path
    warm = False

    def rank_many(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        if self.warm:
            (self.gate.parent / "busy").touch()
            while not self.gate.exists():
                time.sleep(0.005)
        return super().rank_many(cases)

    def warm_up(self) -> None:
        super().warm_up()
        self.warm = True


def main() -> None:
    folder, queue, port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    model = Gated(read(folder), device_named("cpu"))
    model.gate = folder / "open"
    service = RankingService(model, Pace(largest=1, wait_seconds=0, queue=queue))
    app = create_service(service, key=None)
    DrainingServer(app, service, host="127.0.0.1", port=port).run()


if __name__ == "__main__":
    main()
