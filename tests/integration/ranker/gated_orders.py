"""A ranking process whose language models wait until a file is there: LISTWISE ROUTER PORT."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from credence.app.causal_ranker import CausalRanker
from credence.app.causal_teller import CausalTeller
from credence.app.model_thread import ModelThread
from credence.app.ranker_service.batcher import Pace
from credence.app.ranker_service.draining_server import DrainingServer
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.web import create_service
from credence.inference.causal.lists import LabelLists, ModelList
from credence.inference.causal.load import load
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.texts import ModelText, Texts
from credence.inference.devices import device_named
from credence.inference.listwise.batch_ranking import BatchedLists
from credence.inference.listwise.bundle import read


@dataclass
class Gated:
    """The models, once the gate is open; every list or text that is begun leaves a line."""

    lists: LabelLists
    texts: Texts
    folder: Path
    warm: bool = False

    def rank(
        self,
        person: str,
        candidates: Sequence[str],
        asked: Callable[[Sequence[tuple[str, str]]], str],
    ) -> ModelList:
        if self.warm:
            self._wait(lambda: True)
        return self.lists.rank(person, candidates, asked)

    def write(self, asked: str, *, most: int, wanted: Callable[[], bool]) -> ModelText:
        self._wait(wanted)
        return self.texts.write(asked, most=most, wanted=wanted)

    def _wait(self, wanted: Callable[[], bool]) -> None:
        with (self.folder / "begun").open("a") as begun:
            begun.write("one\n")
        while wanted() and not (self.folder / "open").exists():
            time.sleep(0.005)


def main() -> None:
    folder, router, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    models = load(CausalSettings(router=router, dtype="fp32", device="cpu", rows=2))
    gated = Gated(LabelLists(models, orders=1), Texts(models), folder)
    teller = CausalTeller(
        texts=gated, thread=ModelThread(), name="gated", models=("gated",), most=10, seconds=1
    )
    ranker = CausalRanker(gated, name="gated", most=20, seconds=1, rise=None, teller=teller)
    ranker.warm_up()
    gated.warm = True
    listwise = BatchedLists(read(folder), device_named("cpu"))
    service = RankingService(listwise, Pace(), languages=ranker)
    app = create_service(service, key=None)
    DrainingServer(app, service, host="127.0.0.1", port=port).run()
    ranker.close()


if __name__ == "__main__":
    main()
