"""Gives ids their numbers: 0 and up, in the order in which the log first names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from sqlalchemy import Connection, Table, func, insert, select

from lingxi.backends._sqlite import bare

Numbered = Callable[[str], int]

LOOK_UP = 900
"""How many ids one query asks for; engines bound the parameters of a statement."""
REMEMBERED = 1 << 17
"""Ids whose numbers are remembered at least, those that came last; the others are looked up."""


class Interner:
    """The numbers of one table of ids, remembered. Another process may add to the table at any time."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.known: dict[str, int] = {}

    def intern(self, connection: Connection, first: Mapping[str, int]) -> tuple[dict[str, int], dict[int, str]]:
        """Numbers for the ids that `first` names, each with the `seq` that names it now.

        Returns the numbers of those not remembered yet, to be kept by `keep` once the transaction is committed, and
        the ids that got a new number.
        """
        missing = [each for each in first if each not in self.known]
        if not missing:
            return {}, {}
        found = self._look_up(connection, missing)
        # In order of `seq`: who reads the log in parts meets numbers without a gap.
        new = sorted((each for each in missing if each not in found), key=first.__getitem__)
        if not new:
            return found, {}
        top = connection.execute(select(func.max(self.table.c.no))).scalar()
        start = 0 if top is None else top + 1
        numbers = {each: start + k for k, each in enumerate(new)}
        rows = [{"no": no, "id": each, "seq": first[each]} for each, no in numbers.items()]
        connection.execute(insert(self.table), rows)
        return found | numbers, {no: each for each, no in numbers.items()}

    def numbers(self, ids: Iterable[str], fresh: Mapping[str, int]) -> dict[str, int]:
        """The number of each id, from `fresh` (what `intern` returned) or as remembered."""
        return {each: fresh[each] if each in fresh else self.known[each] for each in ids}

    def numbered(self, fresh: Mapping[str, int]) -> Numbered:
        """Gives the number of an id, from `fresh` (what `intern` returned) or as remembered."""
        known = self.known
        return (lambda name: fresh[name] if name in fresh else known[name]) if fresh else known.__getitem__

    def keep(self, numbers: Mapping[str, int]) -> None:
        """Remembers numbers that are committed; where there are many, those that have been there longest make room."""
        self.known.update(numbers)
        if len(self.known) > 2 * REMEMBERED:
            self.known = dict(islice(self.known.items(), len(self.known) - REMEMBERED, None))

    def _look_up(self, connection: Connection, ids: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(ids), LOOK_UP):
            part = ids[start : start + LOOK_UP]
            asked = f"SELECT id, no FROM {self.table.name} WHERE id IN ({','.join('?' * len(part))})"  # noqa: S608
            found.update((row[0], row[1]) for row in bare(connection).execute(asked, part))
        return found
