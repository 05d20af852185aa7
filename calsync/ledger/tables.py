"""The ways to the ledger's tables: no statement is made without the owner whose rows it may touch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from calsync.ledger.connection import Connection
from calsync.ledger.rows import Row, Value

_T = TypeVar("_T")

# Names of tables and columns below come from our own code alone (S608); every value is bound.


class Tables:
    """The rows of one owner in the ledger behind `connection`."""

    def __init__(self, connection: Connection, owner: str) -> None:
        self._connection, self._owner = connection, owner

    def transaction(self) -> AbstractContextManager[None]:
        """See `ports.Ledger`."""
        return self._connection.transaction()

    def _rows(
        self, table: str, where: str = "TRUE", values: Mapping[str, Value] | None = None, *, order: str
    ) -> Sequence[sqlite3.Row]:
        sql = f"SELECT * FROM {table} WHERE owner = :owner AND {where} ORDER BY {order}"  # noqa: S608
        return self._connection.rows(sql, {"owner": self._owner, **(values or {})})

    def _all(
        self,
        make: Callable[[sqlite3.Row], _T],
        table: str,
        where: str = "TRUE",
        values: Mapping[str, Value] | None = None,
        *,
        order: str,
    ) -> tuple[_T, ...]:
        with self._connection.understood():
            return tuple(map(make, self._rows(table, where, values, order=order)))

    def _value(self, table: str, what: str, where: str, values: Mapping[str, Value] | None = None) -> Value:
        """Return the one value that the expression `what` has over the rows that `where` holds for."""
        sql = f"SELECT {what} FROM {table} WHERE owner = :owner AND {where}"  # noqa: S608
        (row,) = self._connection.rows(sql, {"owner": self._owner, **(values or {})})
        value: Value = row[0]
        return value

    def _insert(self, verb: str, table: str, row: Mapping[str, Value], conflict: str = "") -> int:
        whole: Row = {"owner": self._owner, **row}
        slots = ", ".join(f":{name}" for name in whole)
        return self._connection.run(f"{verb} INTO {table} ({', '.join(whole)}) VALUES ({slots}) {conflict}", whole)

    def _put_all(self, table: str, rows: Iterable[Mapping[str, Value]]) -> None:
        """Insert these, each in place of the row of its key."""
        with self.transaction():
            for row in rows:
                self._insert("INSERT OR REPLACE", table, row)

    def _update(self, table: str, changes: Mapping[str, Value], where: str, values: Mapping[str, Value]) -> int:
        """Set the columns in `changes`, and return how many rows `where` held for."""
        sets = ", ".join(f"{name} = :new_{name}" for name in changes)
        new: Row = {f"new_{name}": value for name, value in changes.items()}
        sql = f"UPDATE {table} SET {sets} WHERE owner = :owner AND {where}"  # noqa: S608
        return self._connection.run(sql, {"owner": self._owner, **values, **new})

    def _delete(self, table: str, where: str, values: Mapping[str, Value]) -> int:
        sql = f"DELETE FROM {table} WHERE owner = :owner AND {where}"  # noqa: S608
        return self._connection.run(sql, {"owner": self._owner, **values})
