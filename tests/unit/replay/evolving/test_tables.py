"""Tables of a study whose names come from a folder that anybody may have written."""

from __future__ import annotations

from dataclasses import replace

from credence.replay.asking.spent import Spent
from credence.replay.evolving.figures.found import found
from credence.replay.evolving.figures.tables import tables
from tests.unit.replay.evolving.test_calibration import a_claim, a_look
from tests.unit.replay.evolving.test_figures import looked
from tests.unit.replay.evolving.walks import a_study, a_walk

HOSTILE = "<img src=x onerror=alert(1)>\n## x | y \\<b> [z](/w) `*"
NAMED = HOSTILE.replace("\n", " ")  # no line ends in a system's name
HARMLESS = "\\<img src=x onerror=alert(1)> ## x \\| y \\\\\\<b> \\[z\\](/w) \\`\\*"


def test_names_end_no_cell_and_no_line_and_are_no_markup() -> None:
    system = f"credence:routed-expert-{NAMED}"
    believed = (a_look(a_claim(0.5, 3, 1)),)
    asked = a_walk("c", [1, 3, 9, 2], splice=6, spent=Spent(calls=1))
    study = a_study(
        {
            system: [
                replace(looked(1, 4, "weakening"), operations={HOSTILE: 2}),
                looked(1, 1, "weakening"),
                replace(asked, believed=believed),
                replace(asked, user_id="d", believed=believed),
            ],
            f"{system}:never": [
                looked(1, 1),
                looked(1, 1),
                a_walk("c", [4] * 4, splice=6),
                a_walk("d", [4] * 4, splice=6),
            ],
        },
        spliced=True,
        domain=HOSTILE,
        others=HOSTILE,
    )

    text = tables(found(study))

    assert NAMED not in text
    assert HOSTILE not in text
    assert "<img" not in text.replace("\\<", "")
    assert text.count(f"Evolving tastes: {HARMLESS}, ") == 1
    assert f"Others' memory: {HARMLESS}." in text
    assert f"| {HARMLESS} |" in text  # what the planner did
    named = [line for line in text.splitlines() if f"routed-expert-{HARMLESS}" in line]
    assert len(named) > 5
    for table in text.split("\n## ")[1:]:
        lines = [line.replace("\\|", "") for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1, table
