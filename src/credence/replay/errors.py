"""What can go wrong with replayed data."""

from __future__ import annotations


class ReplayError(Exception):
    """Anything wrong with the data or the request of a replay; the message says what is."""

    fix = "see `credence replay --help`"


class FolderIncomplete(ReplayError):
    """A folder lacks a file of the InstructRec form."""

    fix = "name a folder in InstructRec form"


class MalformedData(ReplayError):
    """A file is there but does not hold what its form says."""

    fix = "mend the file that is named, or make it anew"


class UnsafePickle(ReplayError):
    """A pickle names something other than a table and plain containers; nothing of it was run."""
