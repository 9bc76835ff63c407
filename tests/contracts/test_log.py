"""What every log must do, and the catalog that it keeps."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from lingxi import registry
from lingxi.domain.change import Alias, Erasure, Proposal, Release
from lingxi.domain.event import KIND_CODE, Event
from lingxi.domain.item import Item
from lingxi.domain.user import Trait, User
from lingxi.ports.log import Columns, Run
from lingxi.ports.survey import FIELDS, SCHEMA


@pytest.fixture(params=registry.names("backends/log"))
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    """Opens the log of a shop, by default always the same shop."""
    opened = []

    def open_(shop: str = "shop") -> object:
        log = registry.load("backends/log", request.param, "open_log")(tmp_path / shop)
        opened.append(log)
        return log

    yield open_
    for log in opened:
        log.close()


def view(name: str, item: str = "tea", at: int = 1_000, user: str | None = "ada", **more: object) -> Proposal:
    """A view on its way into the log."""
    return Proposal(Event(kind="view", id=name, user=user, item=item, at=at, **more), received=at + 5)


def columns(names: list[str], at: int = 1_000) -> Columns:
    """Purchases of one tea each by ada, as an import has them."""
    count = len(names)
    return Columns(
        id=names,
        at=np.full(count, at),
        received=np.full(count, at),
        user=["ada"] * count,
        session=[None] * count,
        item=["tea"] * count,
        kind=np.full(count, KIND_CODE["purchase"], np.int8),
        quantity=np.ones(count),
        price=np.full(count, np.nan),
        list_price=np.full(count, np.nan),
        order=["basket"] * count,
        marks=[None] * count,
        repairs=[None] * count,
        original=[None] * count,
        rest=[None] * count,
    )


def same(one: Run, other: Run) -> bool:
    """Whether two runs say the same."""
    for field in dataclasses.fields(Run):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name
    return True


def test_seq_is_dense_and_an_id_is_stored_once(open_log):
    log = open_log()
    # when: an event, the same again, other content under its id, and another event, in one call
    outcomes = log.append([view("a"), view("a"), view("a", item="jam"), view("b")])
    # then
    assert [(each.outcome, each.seq) for each in outcomes] == [
        ("stored", 1),
        ("duplicate", 1),
        ("conflict", 1),
        ("stored", 2),
    ]
    assert log.head() == 2


def test_an_id_is_remembered_after_a_restart_and_when_it_was_received_does_not_matter(open_log):
    open_log().append([view("a")])
    again = msgspec.structs.replace(view("a"), received=999_999)
    assert [each.outcome for each in open_log().append([again])] == ["duplicate"]


def test_what_comes_back_is_what_was_sent(open_log):
    log = open_log()
    event = Event(
        kind="purchase",
        id="all",
        user="ada",
        session="visit",
        item="tea",
        at=7,
        order="o1",
        quantity=2.5,
        price=3.25,
        list_price=4.0,
        value=5.0,
        currency="EUR",
        query="green tea",
        text="好茶",
        position=3,
        place="top",
        channel="app",
        request="r1",
        context={"rain": True, "floor": 2},
    )
    log.append([Proposal(event, received=9, marks=("bulk",), repairs=("unit",), original='{"a":1}')])
    # when
    (change,) = log.changes(0, 10)
    # then
    assert change.entry == event
    assert (change.seq, change.received, change.marks, change.repairs, change.original) == (
        1,
        9,
        ("bulk",),
        ("unit",),
        '{"a":1}',
    )


def test_the_writer_hands_on_what_a_reader_reads(open_log):
    log = open_log()
    log.append([view("a")])
    # when
    _, run = log.append_run(
        [view("b", item="jam", session="visit"), view("c", user=None, session="visit"), item("tea")]
    )
    # then
    assert same(run, log.read(1, 100))
    assert run.seq.tolist() == [2, 3, 4]
    assert run.new_items == {1: "jam"}
    assert run.new_shoppers == {1: "s:visit"}
    assert run.shopper.tolist() == [0, 1, -1]


def test_reading_goes_on_where_it_stopped(open_log):
    log = open_log()
    log.append([view(str(k), item=f"item-{k}") for k in range(10)])
    first, second = log.read(0, 6), log.read(6, 100)
    assert first.seq.tolist() == [1, 2, 3, 4, 5, 6]
    assert second.seq.tolist() == [7, 8, 9, 10]
    assert list(second.new_items.values()) == ["item-6", "item-7", "item-8", "item-9"]
    assert len(log.read(10, 5)) == 0


def test_an_import_in_columns_is_the_same_as_events_one_by_one(open_log):
    log = open_log()
    names = [f"line-{k}" for k in range(3_000)]
    # when: the columns come, and come again with some lines more
    first = log.append_columns(columns(names))
    second = log.append_columns(columns([*names, "one more"]))
    alone = Event(kind="purchase", id="line-7", user="ada", item="tea", at=1_000, order="basket", quantity=1.0)
    # then
    assert first.code.tolist() == [0] * 3_000
    assert second.code.tolist() == [1] * 3_000 + [0]
    assert first.seq.tolist() == list(range(1, 3_001))
    assert [each.outcome for each in log.append([Proposal(alone, received=3)])] == ["duplicate"]


def item(name: str, **fields: object) -> Proposal:
    """An item on its way into the log."""
    return Proposal(Item(id=name, **fields), received=50)


def test_the_catalog_holds_the_newest_version_and_an_equal_one_is_no_change(open_log):
    log = open_log()
    log.append([view("a", item="stub")])
    outcomes = log.append([item("tea", price=1.0), item("tea", price=2.0), item("tea", price=2.0)])
    assert [each.outcome for each in outcomes] == ["stored", "stored", "duplicate"]
    assert log.items(["tea", "stub", "nothing"]) == {"tea": Item(id="tea", price=2.0)}
    assert list(log.all_items()) == [(1, Item(id="tea", price=2.0))]
    assert log.item_ids() == ["stub", "tea"]


def test_users_and_releases_are_changes_too(open_log):
    log = open_log()
    ada = User(id="ada", traits={"age": Trait("35-44", sensitive=True)})
    release = Release(bundle="b1", previous=None, forced=True, why="a trial")
    log.append([Proposal(ada, received=1), Proposal(release, received=2), Proposal(release, received=3)])
    assert log.users(["ada"]) == {"ada": ada}
    assert log.shopper_ids() == ["u:ada"]
    assert [change.entry for change in log.changes(0, 10)] == [ada, release, release]
    assert list(log.read(0, 10).entries.values()) == [ada, release, release]


def test_interactions_are_in_order_of_time_within_bounds(open_log):
    log = open_log()
    log.append([view("late", at=30), view("early", at=10), view("middle", at=20), item("tea")])
    whole = log.interactions(log.head())
    assert whole.at.tolist() == [10, 20, 30]
    assert log.interactions(2).at.tolist() == [10, 30]
    assert log.interactions(4, since=10, until=30).at.tolist() == [10, 20]
    assert len(log.interactions(0)) == 0


def test_two_shops_never_see_each_other(open_log):
    one, other = open_log("one"), open_log("other")
    one.append([view("a"), item("tea")])
    assert [each.outcome for each in other.append([view("a", item="jam")])] == ["stored"]
    assert other.item_ids() == ["jam"]
    assert other.items(["tea"]) == {}
    assert one.head() == 2


def test_two_writers_of_one_log_give_one_row_of_numbers(open_log):
    one, other = open_log(), open_log()
    one.append([view("a", item="x")])
    other.append([view("b", item="y")])
    one.append([view("c", item="y"), view("d", item="z")])
    assert one.item_ids() == ["x", "y", "z"]
    assert one.read(0, 10).item.tolist() == [0, 1, 1, 2]


ANOTHER = """
import sys
from pathlib import Path
import numpy as np
import polars as pl
from lingxi import registry
from lingxi.ports.log import Columns

count = 20_000
none, nan = [None] * count, np.full(count, np.nan)
names = [f"line-{k:05}" for k in range(count)]
items = [f"item-{k % 300}" for k in range(count)]
at, kind = np.arange(count), np.full(count, 5, np.int8)
log = registry.load("backends/log", sys.argv[1], "open_log")(Path(sys.argv[2]))
print("begins", flush=True)
log.append_columns(Columns(names, at, at, none, ["visit"] * count, items, kind, nan, nan, nan, *[none] * 5))
log.close()
"""


@pytest.mark.parametrize("name", registry.names("backends/log"))
def test_an_import_and_a_server_write_one_log_from_two_processes(name, tmp_path):
    log = registry.load("backends/log", name, "open_log")(tmp_path / "shop")
    # given: another process that imports
    command = [sys.executable, "-c", ANOTHER, name, str(tmp_path / "shop")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as importing:
        assert importing.stdout.readline() == "begins\n"
        # when: this one appends meanwhile, naming partly the same items
        told = {}
        while not told or importing.poll() is None:
            group = [view(f"e-{len(told) + k}", item=f"item-{(len(told) + k) % 500}") for k in range(8)]
            told |= {p.entry.id: each.seq for p, each in zip(group, log.append(group), strict=True)}
    assert importing.returncode == 0
    # then: every change has one seq, the one that was told, and every item has one number
    stored = {change.entry.id: change.seq for change in log.changes(0, 10**6)}
    assert sorted(stored.values()) == list(range(1, 20_000 + len(told) + 1))
    assert {each: stored[each] for each in told} == told
    assert len(log.item_ids()) == len(set(log.item_ids()))
    ids = log.item_ids()
    whole = log.read(0, 10**6)
    assert [ids[no] for no in whole.item] == [change.entry.item for change in log.changes(0, 10**6)]
    log.close()


def test_one_shoppers_changes(open_log):
    log = open_log()
    log.append([view("a"), view("b", user="bob"), view("c", user=None, session="ada")])
    assert [change.entry.id for change in log.changes(0, 10, shopper="u:ada")] == ["a"]
    assert [change.entry.id for change in log.changes(0, 10, shopper="s:ada")] == ["c"]


def test_a_forgotten_shopper_leaves_the_seq_and_nothing_else(open_log):
    log = open_log()
    # given: ada, on a session that is only hers, and bob
    log.append([view("a", session="visit"), view("b", user="bob"), Proposal(User(id="ada"), received=1)])
    log.append([view("guest", user=None, session="visit"), view("c")])
    # when
    person = log.person("u:ada")
    seq, counts = log.erase(person, received=77)
    # then
    assert sorted(person.values()) == ["s:visit", "u:ada"]
    assert counts == {"events": 3, "versions": 1, "ids": 3, "aliases": 0, "records": 1, "shoppers": 2}
    assert seq == log.head() == 6
    assert [change.entry for change in log.changes(0, 10)] == [
        *(None, view("b", user="bob").entry, None, None, None),
        Erasure(shoppers=tuple(sorted(person))),
    ]
    assert log.users(["ada"]) == {}
    assert log.shopper_ids() == ["x:0", "x:1", "u:bob"]
    assert log.interactions(seq).shopper.tolist() == [2]
    assert log.person("u:ada") == {}
    assert log.scrub()
    assert log.scrub(whole=True)


def test_who_comes_back_is_someone_new_whoever_appends(open_log):
    one, other = open_log(), open_log()
    one.append([view("a")])
    other.append([view("b")])
    # when: one forgets, both append
    one.erase(one.person("u:ada"), received=1)
    outcomes = [log.append([view(name)])[0].outcome for log, name in ((other, "a"), (one, "c"))]
    # then: the number is not given again, and the id of an erased event is free
    assert outcomes == ["stored", "stored"]
    assert one.shopper_ids() == ["x:0", "u:ada"]
    assert one.read(0, 10).shopper.tolist() == [-1, -1, -1, 1, 1]


def test_a_session_of_two_users_stays_with_the_other(open_log):
    log = open_log()
    log.append([view("a", session="shared"), view("b", user="bob", session="shared")])
    log.erase(log.person("u:ada"), received=1)
    assert [change.entry for change in log.changes(0, 10, shopper="u:bob")] == [
        view("b", user="bob", session="shared").entry
    ]
    # when: the session itself is forgotten
    log.erase(log.person("s:shared"), received=1)
    # then: what bob did stays his
    assert [change.entry for change in log.changes(0, 10, shopper="u:bob")] == [view("b", user="bob").entry]


def test_aliases_lead_to_the_same_person_and_are_erased_with_them(open_log):
    log = open_log()
    log.append([view("a"), view("b", user="ada-phone"), view("c", user="cyd"), view("d", user=None, session="web")])
    pairs = [("ada", "ada-phone", True), ("ada-phone", "s:web", True), ("ada", "cyd", True), ("ada", "cyd", False)]
    log.append([Proposal(Alias(user=a, same_as=b, joined=j), received=k) for k, (a, b, j) in enumerate(pairs)])
    # when
    person = log.person("u:ada-phone")
    _, counts = log.erase(person, received=1)
    # then
    assert sorted(person.values()) == ["s:web", "u:ada", "u:ada-phone"]
    assert counts["aliases"] == 4
    assert [each for each in log.shopper_ids() if not each.startswith("x:")] == ["u:cyd"]


def test_a_shopper_of_many_changes_is_erased_in_short_transactions(open_log):
    log = open_log()
    log.append_columns(columns([f"line-{k}" for k in range(5_000)]))
    log.append([view("b", user="bob")])
    _, counts = log.erase(log.person("u:ada"), received=1)
    assert counts["events"] == counts["ids"] == 5_000
    assert len(log.interactions(log.head())) == 1


def test_who_did_nothing_lately_is_found(open_log):
    log = open_log()
    log.append([view("a", at=10), view("b", user="bob", at=10), view("c", user="bob", at=99)])
    log.append([view("d", user=None, session="guest", at=10), view("e", user=None, session="late", at=99)])
    log.append([view("f", user=None, session="known", at=10), view("g", user="ada", session="known", at=11)])
    assert [name for _, name in log.idle(50, sessions=False)] == ["u:ada"]
    assert [name for _, name in log.idle(50, sessions=True)] == ["s:guest"]
    assert sorted(name for _, name in log.idle(100, sessions=False)) == ["u:ada", "u:bob"]
    assert list(log.idle(10, sessions=False)) == []


def test_frames_hold_every_event_and_which_fields_it_gave(open_log):
    # given: events of many kinds, and an item and a user, which are none
    log = open_log()
    full = Event(
        kind="purchase", id="b", user="ada", session="s", item="tea", at=2_000, order="o1", quantity=2.0, price=1.5,
        list_price=2.0, currency="EUR", context={"query": "no field of the event"},
    )  # fmt: skip
    search = Event(kind="search", id="c", session="s", at=1_500, query='tea "price":')
    log.append([Proposal(Item(id="tea"), 1), Proposal(User(id="ada"), 2), view("a"), Proposal(full, 2_005, ("x", "y"))])
    log.append([Proposal(search, 2_006, (), ("z",))])
    log.append_columns(columns(["d", "e"], at=3_000))
    # when
    frame = pl.concat(log.frames(log.head())).sort("seq")
    # then
    assert dict(frame.schema) == dict(SCHEMA)
    assert frame["seq"].to_list() == [3, 4, 5, 6, 7]
    assert frame["at"].to_list() == [1_000, 2_000, 1_500, 3_000, 3_000]
    ids, items = log.shopper_ids(), log.item_ids()
    assert [ids[no] for no in frame["shopper"]] == ["u:ada", "u:ada", "s:s", "u:ada", "u:ada"]
    assert [None if no < 0 else items[no] for no in frame["item"]] == ["tea", "tea", None, "tea", "tea"]
    assert frame["price"].to_list() == [None, 1.5, None, None, None]
    assert frame["quantity"].to_list() == [None, 2.0, None, 1.0, 1.0]
    assert frame["marks"].to_list() == [None, "x,y", None, None, None]
    assert frame["repairs"].to_list() == [None, None, "z", None, None]
    order = frame["order"].to_list()
    assert order[0] is order[2] is None
    assert order[1] != order[3] == order[4]
    given = [{name for bit, name in enumerate(FIELDS) if mask >> bit & 1} for mask in frame["given"]]
    assert given[0] == {"user", "item"}
    assert given[1] == {"user", "session", "item", "order", "quantity", "price", "list_price", "currency", "context"}
    assert given[2] == {"session", "query"}
    assert given[3] == {"user", "item", "order", "quantity"}
    # and only what was there up to a moment
    assert pl.concat(log.frames(4))["seq"].sort().to_list() == [3, 4]
    assert [change.seq for change in log.taken([7, 4])] == [4, 7]
    assert log.taken([4])[0].marks == ("x", "y")
    assert log.survey().types == {"event": 5, "item": 1, "user": 1}
