"""How the store says no."""


class Conflict(Exception):  # noqa: N818 (it reads as what happened)
    """What must be unique is taken.

    Attributes:
        kind: the kind of alias, or the table, of which there is one already.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} is taken")
        self.kind = kind


class StaleRow(Exception):  # noqa: N818
    """A row has changed since it was read. The unit of work is run again; the sixth time the caller hears."""


class CommitInDoubt(Exception):  # noqa: N818
    """PostgreSQL was lost at a commit and stayed away: the unit may be done, so it is not run again."""


class StoreBusy(Exception):  # noqa: N818
    """Another server process writes this SQLite database; the message names it."""
