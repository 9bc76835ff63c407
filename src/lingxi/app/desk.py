"""A shop at rest: what a command reads and changes, beside a server that may be running."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

import lingxi
from lingxi.app.parts import Parts, encoder_of, executor_of, open_parts
from lingxi.app.told import serving
from lingxi.config import Settings
from lingxi.deploy.load import LiveBundle
from lingxi.deploy.promote import release_of, rollback_of
from lingxi.domain.bundle import Manifest
from lingxi.domain.change import Proposal, Release
from lingxi.domain.merchandising import RuleSet
from lingxi.domain.slate import Query, Slate
from lingxi.ingest.identity import new_id
from lingxi.ports.model import Watch
from lingxi.recommend.merchandising.check import Checked, check
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.record import Record
from lingxi.recommend.scene import Scene
from lingxi.state.follow import catch_up
from lingxi.state.state import State
from lingxi.workflows.choose import Bounds, Choice, choose
from lingxi.workflows.evaluate import Evaluation, evaluate
from lingxi.workflows.evaluate import Options as Comparing
from lingxi.workflows.export import Export, Imported, export, import_log
from lingxi.workflows.export_user import Everything, everything
from lingxi.workflows.fold import anew, fold, saved
from lingxi.workflows.forget import begin, finish, remake, resume, shoppers_of
from lingxi.workflows.learn import learn
from lingxi.workflows.profile import Profiled, profile
from lingxi.workflows.receipts import Forgotten, Receipts
from lingxi.workflows.rules import rollback_of as rules_before
from lingxi.workflows.rules import settled
from lingxi.workflows.studies import Best, best_of
from lingxi.workflows.tidy import Tidied, tidy
from lingxi.workflows.try_rules import Trial, Trying
from lingxi.workflows.workshop import Options, Workshop

if TYPE_CHECKING:
    from lingxi.workflows.tune import Options as Search
    from lingxi.workflows.tune import Tuned


class Desk:
    """One shop's parts, opened for one command; a context manager that closes them."""

    def __init__(self, home: Path, settings: Settings, shop: str) -> None:
        self.settings = settings
        self.parts: Parts = open_parts(home, settings, shop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.parts.close()

    def live(self) -> str | None:
        """The bundle that was released last."""
        newest = self.parts.log.releases(1)
        entry = newest[0].entry if newest else None
        return entry.bundle if isinstance(entry, Release) else None

    def promote(self, bundle: str, *, force: bool, why: str) -> str | None:
        """Releases a bundle; raises as `Engine.promote` does."""
        _, manifest = self.parts.bundles.open(bundle)
        gate = self.settings.gate
        return self._release(release_of(manifest, self.live(), gate, force=force, why=why, by="command line"))

    def roll_back(self, *, why: str) -> str | None:
        """Releases what was live before; raises as `Engine.roll_back` does."""
        return self._release(rollback_of(self.parts.log.releases(), why=why, by="command line"))

    def _release(self, release: Release) -> str | None:
        self.parts.log.append([Proposal(release, self.parts.clock.now())])
        return release.bundle

    def learn(self, options: Options, watch: Watch, executor: str = "process", workers: int = 1) -> Manifest:
        """Trains, judges and publishes a model; raises as `workflows.learn.learn` does.

        Raises:
            Unknown: there is no such executor.
        """
        return learn(replace(self._workshop(), executor=executor_of(executor, workers)), options, watch)

    def choose(self, bounds: Bounds, watch: Watch) -> Choice:
        """Which model the log speaks for; raises as `workflows.choose.choose` does."""
        return choose(self._workshop(), bounds, watch)

    def studied(self, study: str) -> Best:
        """The settings that a study found; raises as `workflows.tune.best_of` does."""
        return best_of(self.parts.folder, study)

    def evaluate(self, options: Comparing, watch: Watch) -> Evaluation:
        """Compares models on the log; raises as `workflows.evaluate.evaluate` does."""
        return evaluate(self._workshop(), options, watch)

    def tune(self, options: Search, executor: str, workers: int, watch: Watch) -> Tuned:
        """Searches for a model's settings; raises as `workflows.tune.tune` does.

        Raises:
            Unknown: there is no such executor.
        """
        from lingxi.workflows.tune import tune  # it needs what only trainers have

        return tune(self._workshop(), options, executor_of(executor, workers), watch)

    def _workshop(self) -> Workshop:
        parts = self.parts
        return Workshop(
            shop=parts.shop,
            log=parts.log,
            catalog=parts.log,
            bundles=parts.bundles,
            folder=parts.folder,
            now=parts.clock.now(),
            live=self.live(),
            bar=self.settings.gate,
            settings=self.settings.recommend,
            index=self.settings.index,
            timezone=self.settings.shop.timezone,
            encoder=lambda: encoder_of(self.settings.text.encoder),
            slates=parts.slates,
        )

    def profile(self, slates: int, seed: int) -> Profiled:
        """Where the time of slates goes, for the newest requests; raises as `workflows.profile.profile` does."""
        parts, state = self.parts, self.state()
        live = self.live()
        bundle = None if live is None else LiveBundle.load(*parts.bundles.open(live), state.items.number)
        zone = self.settings.shop.timezone
        scene = Scene(state, bundle, parts.clock.now(), self.settings.recommend, timezone=zone)
        return profile(scene, parts.slates.newest(slates), slates, seed)

    def state(self) -> State:
        """The state as the log has it now."""
        state = saved(self.parts.log, self.parts.checkpoints)
        for _ in catch_up(state, self.parts.log):
            pass
        return anew(self.parts.log) if state.stale else state

    @property
    def served(self) -> bool:
        """Whether a server has the shop open."""
        return serving(self.parts.folder) is not None

    @property
    def receipts(self) -> Receipts:
        """Receipts of who was forgotten."""
        return Receipts(self.parts.folder)

    def forget(self, shopper: str) -> Forgotten:
        """Erases a shopper (`u:…`, `s:…`) from the log and the catalog; `finish_forgetting` does the rest."""
        return begin(self.parts.ground(), shopper, new_id(), self.parts.clock.now())

    def finish_forgetting(self) -> None:
        """Makes the state anew and goes through everything else, for all whose receipts are not complete."""
        ground = self.parts.ground()
        waiting = resume(ground, self.parts.clock.now())
        if any(each.told.seq is not None for each in waiting):
            remake(ground.log, ground.checkpoints)
        finish(ground, waiting, ground.slates.forget(shoppers_of(waiting)), self.parts.clock.now())

    def tidy(self) -> Tidied:
        """Deletes what is older than the settings keep it; whoever is forgotten is so everywhere when this returns,
        or a server that runs beside sees to it."""
        done = tidy(self.parts.ground(), self.settings.retention, new_id(), self.parts.clock.now())
        if done.receipt is not None and not self.served:
            self.finish_forgetting()
        return done

    def everything(self, shopper: str) -> Everything:
        """Everything that is held of a shopper (`u:…`, `s:…`)."""
        return everything(self.parts.ground(), self.state(), shopper, self.parts.clock.now())

    def export(self, folder: Path, watch: Watch) -> Export:
        """Writes the whole log as Parquet; raises as `workflows.export.export` does."""
        parts = self.parts
        return export(parts.log, folder, parts.shop, parts.clock.now(), lingxi.__version__, watch)

    def import_log(self, folder: Path, watch: Watch) -> tuple[Imported, State]:
        """Appends an export, and saves the state; raises as `workflows.export.import_log` does."""
        parts = self.parts
        found = import_log(folder, parts.log, parts.folder, watch)
        return found, fold(parts.log, parts.checkpoints, watch)

    def recommend(self, query: Query) -> tuple[Slate, Record]:
        """A slate as a server would answer it now, with its full account; it is not kept."""
        slate, trace = recommend(query, self.scene(), new_id())
        return slate, trace.record()

    def scene(self) -> Scene:
        """The shop as the log has it now, with the live model."""
        state = self.state()
        live = self.live()
        bundle = LiveBundle.load(*self.parts.bundles.open(live), state.items.number) if live else None
        settings = self.settings
        return Scene(state, bundle, self.parts.clock.now(), settings.recommend, timezone=settings.shop.timezone)

    def check_rules(self, rules: RuleSet, state: State) -> Checked:
        """What is to be said of merchant rules; raises as `check` does."""
        return check(rules, state, self.settings.shop.timezone, self.parts.clock.now())

    def set_rules(self, rules: RuleSet, *, force: bool) -> tuple[int, Checked]:
        """Puts merchant rules in force; raises as `app.merchant.put` does."""
        said = settled(self.check_rules(rules, self.state()), force=force)
        return self._keep_rules(msgspec.structs.replace(rules, by="command line", back_to=None)), said

    def roll_back_rules(self, *, to: int | None, why: str) -> int:
        """Puts in force what was before; raises as `app.merchant.roll_back` does."""
        return self._keep_rules(rules_before(self.parts.log.rule_sets(), to=to, why=why, by="command line"))

    def _keep_rules(self, rules: RuleSet) -> int:
        return self.parts.log.append([Proposal(rules, self.parts.clock.now())])[0].seq

    def try_rules(self, rules: RuleSet, n: int, at: int | None = None) -> Trial:
        """What merchant rules would change in the `n` newest slates, asked again now or as if it were `at` (µs UTC)."""
        scene = self.scene()
        said = self.check_rules(rules, scene.state)
        scene = scene if at is None else replace(scene, now=at)
        trying = Trying(rules, lambda: scene)
        for row in self.parts.slates.newest(n):
            trying.ask(row)
        return trying.found(said)

    def explained(self, request: str) -> dict[str, Any] | None:
        """What is on disk of a slate: when, for whom, the slate, and its full account where one was asked for."""
        row = self.parts.slates.get(request)
        if row is None:
            return None
        found: dict[str, Any] = msgspec.to_builtins(row)
        found["record"] = msgspec.json.decode(row.record) if row.record else None
        return found
