"""Folds a shop's log in a process of its own while this one writes it: both take a core."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

from lingxi.app.parts import open_parts
from lingxi.config import Settings
from lingxi.domain.errors import Unavailable
from lingxi.ports.model import Watch
from lingxi.state.follow import catch_up
from lingxi.workflows.apart import ready_for_rows
from lingxi.workflows.fold import fold, saved

LOOK_SECONDS: Final = 0.2
"""How often the log's end is looked at."""


class Following:
    """A context manager: the process follows the log from entering on, and ends with it or with its parent."""

    def __init__(self, home: Path, settings: Settings, shop: str) -> None:
        self._what = (home, settings, shop)

    def __enter__(self) -> Self:
        spawning = multiprocessing.get_context("spawn")
        self._end, other = spawning.Pipe()
        self._process = spawning.Process(target=_follow, args=(*self._what, other), name="fold", daemon=True)
        self._process.start()
        other.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()
        self._process.join()

    def finish(self, watch: Watch) -> int:
        """Folds to the log's end and publishes the checkpoint; returns its `seq`.

        Raises:
            Unavailable: the process ended before it was done; the log has everything, run the import again.
        """
        self._end.send(None)
        try:
            while isinstance(told := self._end.recv(), float):
                watch("state", told)
        except EOFError as error:
            what = "the process that folds the log has ended"
            raise Unavailable(what, where=self._what[2], remedy="run the import again") from error
        return int(told)


def _follow(home: Path, settings: Settings, shop: str, end: Connection) -> None:
    ready_for_rows()
    parts = open_parts(home, settings, shop)
    try:
        state = saved(parts.log, parts.checkpoints)
        while not end.poll(LOOK_SECONDS):
            for _ in catch_up(state, parts.log):
                if end.poll():
                    break
        end.recv()

        def watch(stage: str, done: float, **figures: float) -> None:  # noqa: ARG001 (what a Watch is told)
            end.send(float(done))

        end.send(fold(parts.log, parts.checkpoints, watch, state).cursor)
    except (EOFError, BrokenPipeError):
        return
    finally:
        parts.close()
