"""Copies a write-ahead log into its database beside the writer, who would stop for it every few thousand pages."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

EVERY_SECONDS: Final = 2.0
TRIES: Final = 3
"""What is written while the first copy is made, the next ones find; once all is copied the file begins anew."""
FAR: Final = 100_000
"""Pages after which the writer copies itself, should nobody else have."""

log = structlog.get_logger(__name__)


class Copier:
    """A thread that copies what was written since it last did; it begins at the first `written`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def written(self, writer: Connection) -> None:
        """Something was committed by `writer`."""
        self._written.set()
        if self._thread is None:
            writer.exec_driver_sql(f"PRAGMA wal_autocheckpoint={FAR}")
            self._thread = threading.Thread(target=self._work, name="copier", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            if self._written.is_set():
                self._written.clear()
                self._copy()

    def _copy(self) -> None:
        try:
            with self._engine.connect() as connection:
                for _ in range(TRIES):
                    _, pages, copied = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
                    if pages == copied:
                        return
        except SQLAlchemyError as error:
            # Nothing is lost by it: the next copy, or the writer's own, takes in what this one did not.
            log.warning("the write-ahead log could not be copied", error=str(error))
