"""Workers of a Ray cluster: the one that RAY_ADDRESS names, else one that is started here and ended afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from lingxi.domain.errors import LingxiError, Unavailable

Task = TypeVar("Task")
Done = TypeVar("Done")
IDLE_SECONDS: Final = 0.5
ADDRESS: Final = "RAY_ADDRESS"


@dataclass(frozen=True, slots=True)
class Cluster:
    """See `ports.executor.Executor`; each task asks for one CPU."""

    workers: int

    def run(self, work: Callable[[Task], Done], tasks: Sequence[Task], idle: Callable[[], None]) -> list[Done]:
        """See `ports.executor.Executor.run`; the folders that tasks name must be seen by every node.

        Raises:
            LingxiError: Ray is not installed.
            Unavailable: a worker died, or the cluster cannot be reached.
        """
        ray = _ray()
        begun = _join(ray, self.workers)
        try:
            remote = ray.remote(num_cpus=1, max_retries=0)(work)
            handles = [remote.remote(task) for task in tasks]
            left = list(handles)
            while left:
                _, left = ray.wait(left, num_returns=len(left), timeout=IDLE_SECONDS)
                idle()
            return list(ray.get(handles))
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except ray.exceptions.RayError as error:
            what = f"a worker of the cluster failed: {error}"
            raise Unavailable(what, where="the Ray cluster", remedy="see `ray status`, and its logs") from error
        finally:
            if begun:
                ray.shutdown()


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise LingxiError("Ray is not installed", remedy="pip install 'lingxi[ray]'") from error
    return ray


def _join(ray: Any, workers: int) -> bool:
    """Joins the cluster; whether it was not joined before."""
    if ray.is_initialized():
        return False
    quiet = {"include_dashboard": False, "log_to_driver": False, "configure_logging": False}
    try:
        ray.init(address=os.environ[ADDRESS], **quiet) if ADDRESS in os.environ else ray.init(num_cpus=workers, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise Unavailable(f"the cluster cannot be joined: {error}", where=ADDRESS, remedy="see `ray status`") from error
    return True


def open_executor(workers: int) -> Cluster:
    """A cluster, asked for so many tasks at a time."""
    return Cluster(workers)
