"""What may be one is suggested, with what says so; nothing is joined."""

from __future__ import annotations

from pathlib import Path

from lingxi.backends.log.sqlite import open_log
from lingxi.domain.change import Proposal
from lingxi.domain.event import Event
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.ingest.accept import prepare
from lingxi.workflows.suggest import Suggestions, said, suggest
from seeded_faults import sow

NOW = 1_800_000_000_000_000


def test_people_and_categories_are_suggested_by_what_they_share(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    assert suggest(log, 0) == Suggestions()
    items = [Item(id=f"i{n}", category="Hot Drinks") for n in range(30)] + [Item(id="x", category="hot drinks")]
    users = [
        User(id="ann", traits={"E-Mail": Trait("Ann@Shop.example"), "city": Trait("Leipzig")}),
        User(id="annette", traits={"E-Mail": Trait("ann@shop.example"), "city": Trait("Leipzig")}),
        User(id="bert", traits={"E-Mail": Trait(None), "city": Trait("Leipzig")}),
        User(id="carl", traits={"E-Mail": Trait("")}),
    ]
    acts = [
        ("bert", "s1"),
        ("bert-office", "s1"),
        ("dora", "s2"),
        ("DORA ", "s3"),
        *((f"guest-{n}", "till") for n in range(9)),
    ]
    events = [
        Event(kind="view", id=f"e{n}", user=user, session=session, item="i1", at=NOW)
        for n, (user, session) in enumerate(acts)
    ]
    log.append([Proposal(each, NOW) for each in (*items, *users, *events)])
    before = log.head()
    # when
    found = suggest(log, log.head())
    # then
    assert [(each.category, each.usual) for each in found.categories] == [("hot drinks", "Hot Drinks")]
    assert {(tuple(each.users), each.by) for each in found.persons} == {
        (("DORA ", "dora"), "spelling"),
        (("ann", "annette"), "E-Mail"),
        (("bert", "bert-office"), "session"),
    }
    words = " ".join(each.en for each in said(found))
    assert "'bert' and 'bert-office' may be one person: they share a session. Nothing is joined." in words
    assert "shop.example" not in words, "a contact is no id"
    assert log.head() == before


def test_of_sown_people_nearly_all_are_found_and_nobody_else(tmp_path: Path) -> None:
    log, sown = open_log(tmp_path), sow(1)
    log.append(prepare(sown.rows, NOW).proposals)
    there = {row["user"] for row, faults in zip(sown.rows, sown.faults, strict=True) if "user_spelling" in faults}
    found = suggest(log, log.head())
    right = sum(not there.isdisjoint(each.users) for each in found.persons)
    assert found.persons_found == len(found.persons)
    assert right / len(found.persons) >= 0.95
    assert right / len(there) >= 0.95
