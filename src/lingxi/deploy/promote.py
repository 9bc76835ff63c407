"""What goes live next: a release for the log, if the recorded judgement allows it. Nothing is fitted here."""

from __future__ import annotations

from collections.abc import Sequence

from lingxi.deploy.gate import Bar, passes
from lingxi.domain.bundle import Judgement, Manifest
from lingxi.domain.change import Change, Release
from lingxi.domain.errors import Invalid, Refused


def release_of(
    manifest: Manifest, live: str | None, gate: Bar, *, force: bool = False, why: str = "", by: str = ""
) -> Release:
    """The release of a bundle whose judgement reaches the gate, or of any bundle that is forced, with the reason why.

    Raises:
        Refused: it was not judged, was judged against another champion than what serves, or is worse than the gate
            allows; the figures say so.
        Invalid: it is forced without a reason.
    """
    if manifest.id == live:
        raise Refused(f"bundle '{manifest.id}' is live already", where="the gate", remedy="nothing needs to be done")
    fault = _fault(manifest.judged, live, gate)
    if fault is None:
        return Release(bundle=manifest.id, previous=live, why=why, by=by)
    if not force:
        raise Refused(
            f"bundle '{manifest.id}' is refused: {fault}",
            where="the gate",
            remedy='train again, or overrule it on record: lingxi models promote … --force --why "…"',
        )
    if not why.strip():
        raise Invalid("a forced release needs a reason", where="why", remedy='say why: --force --why "…"')
    return Release(bundle=manifest.id, previous=live, forced=True, why=why, by=by)


def rollback_of(releases: Sequence[Change], *, why: str = "", by: str = "") -> Release:
    """The release that takes back what is live, of `releases` (newest first): what was live before it goes live again,
    and rolling back once more goes one step further.

    Raises:
        Refused: nothing was live before.
    """
    once = _standing(releases)
    if len(once) < 2:
        raise Refused(
            "there is nothing to roll back to: no other model was live before",
            where="the log",
            remedy="promote one: lingxi models promote <id>",
        )
    return Release(bundle=once[-2], previous=once[-1], why=why or "rolled back", by=by)


def _standing(releases: Sequence[Change]) -> list[str | None]:
    """What was live, one after the other, with every step that was taken back left out; the last is live now."""
    entries = [each.entry for each in reversed(releases) if isinstance(each.entry, Release)]
    once = [entries[0].previous] if entries else []
    for entry in entries:
        if len(once) > 1 and once[-2] == entry.bundle:
            once.pop()
        else:
            once.append(entry.bundle)
    return once


def _fault(judged: Judgement | None, live: str | None, gate: Bar) -> str | None:
    """Why the judgement does not allow a release; None where it does."""
    if judged is None:
        return "it was never judged"
    if judged.champion != live:
        return (
            f"it was judged against {_name(judged.champion)}, and {_name(live)} is live: "
            "a judgement counts against what serves"
        )
    if not passes(judged.difference, gate):
        change = judged.difference
        return (
            f"{judged.metric} of {judged.surface} is {judged.challenger_value:.4f} against "
            f"{judged.champion_value:.4f} of {_name(judged.champion)}: {change.estimate:+.4f}, 95 % interval "
            f"{change.low:+.4f} to {change.high:+.4f} over {judged.shoppers:,} shoppers; at least "
            f"{gate.estimate:+.4f} and a lower bound of {gate.lower:+.4f} are asked for"
        )
    return None


def _name(bundle: str | None) -> str:
    return f"'{bundle}'" if bundle else "the pipeline without a model"
