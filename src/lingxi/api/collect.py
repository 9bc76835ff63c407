"""What the engines count of their slates, as metrics: made when somebody asks, so that a slate pays nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from lingxi.app import Engine
from lingxi.recommend.stages import STAGES, Stage

SMALLEST: Final = 12
LARGEST: Final = 32
"""The first bucket of a step ends at 2^12 ns, four microseconds, the last but one at 2^32, four seconds."""
Labelled = Iterable[tuple[tuple[str, ...], float]]


class Collector:
    """A Prometheus collector over the engines, by shop. Of several processes each counts for itself and says so by the
    label `process`: whichever of them is asked, no series goes back."""

    def __init__(self, engines: Mapping[str, Engine], process: str | None = None) -> None:
        self._engines = engines
        self._name: tuple[str, ...] = () if process is None else ("process",)
        self._own: tuple[str, ...] = () if process is None else (process,)

    def collect(self) -> Iterator[Metric]:
        """Everything, as it stands now."""
        yield self._stages()
        names = (*self._name, "shop")
        for metric, name, about, labels in _COUNTERS:
            yield _family(CounterMetricFamily(name, about, labels=(*names, *labels)), self._each(metric))
        for metric, name, about, labels in _GAUGES:
            yield _family(GaugeMetricFamily(name, about, labels=(*names, *labels)), self._each(metric))

    def _each(self, metric: str) -> Labelled:
        for shop, engine in self._engines.items():
            for labels, value in _READS[metric](engine):
                yield (*self._own, shop, *labels), value

    def _stages(self) -> Metric:
        about, labels = "Time of a step of a slate", (*self._name, "stage")
        family = HistogramMetricFamily("lingxi_slate_stage_seconds", about, labels=labels)
        for name, stage in STAGES.items():
            family.add_metric((*self._own, name), buckets=_buckets(stage), sum_value=stage.nanoseconds / 1e9)
        return family


def _family(family: GaugeMetricFamily | CounterMetricFamily, found: Labelled) -> Metric:
    for labels, value in found:
        family.add_metric(labels, value)
    return family


def _buckets(stage: Stage) -> list[tuple[str, float]]:
    sums, found = 0, list[tuple[str, float]]()
    for power, count in enumerate(stage.counts):
        sums += count
        if SMALLEST <= power <= LARGEST:
            found.append((repr(2**power / 1e9), float(sums)))
    return [*found, ("+Inf", float(sums))]


def _counted(counts: Mapping[str, int]) -> Labelled:
    return [((name,), float(count)) for name, count in sorted(counts.items())]


def _cache(engine: Engine) -> Labelled:
    memory = engine.memory
    return [
        (("shopper", "hit"), memory.shopper_hits),
        (("shopper", "miss"), memory.shopper_misses),
        (("list", "hit"), memory.list_hits),
        (("list", "miss"), memory.list_misses),
    ]


def _model(engine: Engine) -> Labelled:
    bundle = engine.live.bundle
    if bundle is None:
        return []
    return [((bundle.id,), (engine.parts.clock.now() - bundle.manifest.created) / 1e6)]


_READS: Final[Mapping[str, Callable[[Engine], Labelled]]] = {
    "picked": lambda engine: _counted(engine.counts.picked),
    "proposed": lambda engine: _counted(engine.counts.proposed),
    "removed": lambda engine: _counted(engine.counts.removed),
    "cheaper": lambda engine: _counted(engine.counts.cheaper),
    "refused": lambda engine: [((), engine.counts.refused)],
    "empty": lambda engine: [((), engine.counts.empty)],
    "short": lambda engine: [((), engine.counts.short)],
    "cache": _cache,
    "model": _model,
    "waiting": lambda engine: [((), len(engine.pressure))],
    "cost": lambda engine: [((), engine.pressure.cost)],
    "lag": lambda engine: [((), engine.pressure.lag.seconds)],
}
_COUNTERS: Final = (
    ("picked", "lingxi_picks", "Picks that were shown, by the source that speaks for them", ("source",)),
    ("proposed", "lingxi_proposed", "Candidates that each source proposed", ("source",)),
    ("removed", "lingxi_removed", "Candidates that each filter removed", ("filter",)),
    ("cheaper", "lingxi_cheaper_slates", "Slates that went without something under load, by what", ("without",)),
    ("refused", "lingxi_refused_slates", "Requests for slates that were refused under load", ()),
    ("empty", "lingxi_empty_slates", "Slates without a pick", ()),
    ("short", "lingxi_short_slates", "Slates of fewer picks than were asked for", ()),
    ("cache", "lingxi_cache", "Look-ups of what is remembered of shoppers, and of lists for all", ("of", "result")),
)
_GAUGES: Final = (
    ("model", "lingxi_model_age_seconds", "Time since the model that serves was made", ("model",)),
    ("waiting", "lingxi_waiting_slates", "Requests for slates that wait for their turn", ()),
    ("cost", "lingxi_slate_cost_seconds", "Moving average of what a slate takes of the loop", ()),
    ("lag", "lingxi_loop_lag_seconds", "How far the event loop was behind when last looked at", ()),
)
