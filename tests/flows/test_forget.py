"""A person is forgotten: by a running server under load, beside it, and by a command alone.

`FORGET_SHOPPERS=1000 pytest tests/flows/test_forget.py` runs the long form.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Serving
from typer.testing import CliRunner

from lingxi import config
from lingxi.app.desk import Desk
from lingxi.cli.main import assemble
from lingxi.domain.change import Erasure, Proposal
from lingxi.domain.slate import Query
from lingxi.recommend.memory import Memory
from lingxi.recommend.pipeline import recommend
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.state.checkpoint import digest
from lingxi.workflows.fold import saved

GONE = int(os.environ.get("FORGET_SHOPPERS", "40"))
OTHERS = 25
ITEMS = 40
START = 1_760_000_000_000_000
PATIENCE = 120.0


def lingxi(*arguments: str) -> str:
    """Runs a command in this process; what it printed."""
    done = CliRunner().invoke(assemble(), list(arguments))
    assert done.exit_code == 0, f"{arguments}: {done.output} {done.exception!r}"
    return done.stdout


def items() -> list[dict[str, Any]]:
    return [{"id": f"sku-{k}", "title": f"Thing {k}", "category": f"c{k % 4}", "price": 1.0 + k} for k in range(ITEMS)]


def acts(user: str, session: str, seed: int, count: int) -> list[dict[str, Any]]:
    """What one shopper does; an item that nobody else names is among it where `session` is theirs alone."""
    dice = random.Random(seed)
    kinds = ("view", "view", "add_to_cart", "purchase", "rate", "dismiss", "search", "impression")
    found = []
    for k in range(count):
        event = {"id": f"{user}/{k}", "kind": dice.choice(kinds), "at": START + dice.randrange(10**12)}
        event |= {"session": session} if k % 5 == 0 else {"user": user, "session": session}
        event |= {"query": f"for {user}"} if event["kind"] == "search" else {"item": f"sku-{dice.randrange(ITEMS)}"}
        event |= {"price": 2.5, "quantity": 2, "order": f"order of {user}"} if event["kind"] == "purchase" else {}
        found.append(event)
    return found


class Crowd:
    """Who is forgotten, who stays, and what each did."""

    def __init__(self, gone: int = GONE) -> None:
        self.gone = [f"gone-{k:05}-7Qx" for k in range(gone)]
        self.sessions = [f"visit-of-gone-{k:05}-7Qx" for k in range(gone)]
        self.theirs = [acts(u, s, k, 12) for k, (u, s) in enumerate(zip(self.gone, self.sessions, strict=True))]
        self.others = [acts(f"stays-{k:03}", f"visit-{k:03}", 1000 + k, 30) for k in range(OTHERS)]
        self.later = [acts(f"later-{k:03}", f"later-visit-{k:03}", 2000 + k, 30) for k in range(OTHERS)]

    def fill(self, shop: httpx.Client) -> None:
        """Everything that is there before anybody is forgotten, both kinds of shoppers mixed."""
        users = [{"id": u, "name": f"Name of {u}", "traits": {"town": {"value": u}}} for u in self.gone]
        for start in range(0, len(users), 500):
            sent(shop, "/v1/users", users[start : start + 500])
        events = [event for each in (*self.theirs, *self.others) for event in each]
        random.Random(3).shuffle(events)
        for start in range(0, len(events), 500):
            sent(shop, "/v1/events", events[start : start + 500])
        for user in self.gone:
            shop.post("/v1/events", json=[{"user": user, "kind": "no such kind"}, {"user": user, "what": "ever"}])
            shop.get("/v1/recommend/home", params={"user": user, "explain": "true"})

    def without(self, shop: httpx.Client) -> None:
        """The same, of a shop that never held them."""
        for each in (*self.others, *self.later):
            sent(shop, "/v1/events", each)


def sent(shop: httpx.Client, path: str, records: Sequence[Any]) -> None:
    answer = shop.post(path, content=json.dumps(records), headers={"content-type": "application/json"})
    assert answer.status_code == httpx.codes.OK, answer.text
    receipts = next(iter(answer.json().values()))
    assert {each["status"] for each in receipts} <= {"accepted", "marked", "repaired"}, receipts


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    nothing = threading.Event()
    while not holds():
        assert time.monotonic() < end, "it never came true"
        nothing.wait(0.1)


def complete(shop: httpx.Client, receipts: Sequence[str]) -> list[dict[str, Any]]:
    """The receipts, once all are complete."""
    found = [{"receipt": each, "complete": None} for each in receipts]

    def ask() -> bool:
        for k, each in enumerate(found):
            if each["complete"] is None:
                found[k] = shop.get(f"/v1/erasures/{each['receipt']}").json()
        return all(each["complete"] is not None for each in found)

    until(ask)
    return found


def bytes_of(home: Path) -> Iterator[tuple[Path, bytes]]:
    for file in sorted(home.rglob("*")):
        if file.is_file():
            yield file, file.read_bytes()


def traces(home: Path, ids: Sequence[str]) -> list[str]:
    """The files with a byte of the ids' own text in them; they share `7Qx` and nothing else has it."""
    found = [(file, content.find(b"7Qx")) for file, content in bytes_of(home)]
    assert all("7Qx" in each for each in ids)
    return [str(file) for file, at in found if at >= 0]


def what_served(home: Path) -> str:
    """The digest of the state that the server saved when it ended: the one that answered."""
    with Desk(home, config.load(home), "default") as desk:
        state = saved(desk.parts.log, desk.parts.checkpoints)
        assert state.cursor == desk.parts.log.head()
        assert not state.stale
        return digest(state)


def same_order(home: Path) -> Path:
    """A shop that was told what is left in the other's log, in its order: equal scores are ranked by who came first."""
    copy = home.parent / "copy"
    with Desk(home, config.load(home), "default") as desk, Desk(copy, config.load(copy), "default") as other:
        for change in desk.parts.log.changes(0, 10**7):
            if change.entry is not None and not isinstance(change.entry, Erasure):
                other.parts.log.append([Proposal(change.entry, change.received)])
    return copy


def slates(home: Path) -> list[list[str]]:
    """What everyone else is shown."""
    with Desk(home, config.load(home), "default") as desk:
        state = desk.state()
        assert len(state.shopper_ids) > OTHERS
        asked = [Query(surface="home", user=f"stays-{k:03}", n=10) for k in range(OTHERS)]
        asked += [Query(surface="bought_together", items=(f"sku-{k}",), n=10) for k in range(ITEMS)]
        scene = Scene(state, None, START + 2 * 10**12, Settings(), Memory())
        return [[pick.item for pick in recommend(each, scene, "r")[0].picks] for each in asked]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A shop with goods and without shoppers."""
    home = tmp_path / "home"
    with Serving(home) as server:
        server.ready()
        sent(server.http, "/v1/items", items())
        assert server.end(signal.SIGTERM) == 0
    return home


@pytest.fixture
def never(home: Path) -> Path:
    """The same shop, if it never held who is forgotten."""
    never = home.parent / "never"
    shutil.copytree(home, never)
    with Serving(never) as server:
        server.ready()
        Crowd().without(server.http)
        assert server.end(signal.SIGTERM) == 0
    return never


def test_many_are_forgotten_under_load_and_the_shop_equals_one_that_never_held_them(home: Path, never: Path) -> None:
    crowd = Crowd()
    with Serving(home) as server:
        server.ready()
        crowd.fill(server.http)
        assert traces(home, crowd.gone), "nothing to look for"

        def load(part: list[list[dict[str, Any]]]) -> None:
            with httpx.Client(base_url=server.url, timeout=30) as shop:
                for each in part:
                    for event in each:
                        sent(shop, "/v1/events", [event])
                        slate = shop.get("/v1/recommend/home", params={"user": each[0].get("user", "later")})
                        assert slate.status_code == httpx.codes.OK

        # when: each is forgotten while others shop
        with ThreadPoolExecutor(6) as pool:
            shopping = [pool.submit(load, crowd.later[k::2]) for k in range(2)]
            told = list(pool.map(lambda user: httpx.delete(f"{server.url}/v1/users/{user}", timeout=60), crowd.gone))
            assert {each.status_code for each in told} == {httpx.codes.OK}
            for each in shopping:
                each.result()
        receipts = complete(server.http, [each.json()["receipt"] for each in told])
        # then: each receipt says what was where
        for receipt in receipts:
            assert receipt["found"]["log"] == {"events": 12, "versions": 1, "ids": 12}
            assert receipt["found"]["catalog"] == {"users": 1, "shoppers": 2}
            assert receipt["found"]["slates"] == {"slates": 1}
            assert receipt["found"]["quarantine"] == {"held": 2}
            assert (receipt["verified"], receipt["left"]) == (True, [])
        # and: not a byte, while it still serves
        assert traces(home, crowd.gone) == []
        assert server.http.get(f"/v1/users/{crowd.gone[0]}").status_code == httpx.codes.NOT_FOUND
        assert "Traceback" not in server.errors()
        assert server.end(signal.SIGTERM) == 0
    assert traces(home, crowd.gone) == []
    # and: everything else is as if they had never been there
    assert what_served(home) == what_served(never)
    assert slates(home) == slates(same_order(home))


def test_a_command_forgets_alone_and_beside_a_server(home: Path, never: Path) -> None:
    crowd = Crowd()
    half = len(crowd.gone) // 2
    with Serving(home) as server:
        server.ready()
        crowd.fill(server.http)
        for each in crowd.later:
            sent(server.http, "/v1/events", each)
        # when: beside the server
        told = json.loads(lingxi("forget", *crowd.gone[:half], "--home", str(home), "--json"))["receipts"]
        assert all(each["complete"] and each["verified"] for each in told)
        assert server.http.get(f"/v1/users/{crowd.gone[0]}").status_code == httpx.codes.NOT_FOUND
        whole = json.loads(lingxi("export-user", crowd.gone[half], "--home", str(home)))
        assert server.end(signal.SIGTERM) == 0
    # then: the export had everything of the next one
    assert whole["shoppers"] == [f"s:{crowd.sessions[half]}", f"u:{crowd.gone[half]}"]
    assert len(whole["changes"]) == 13
    assert {each["entry"]["id"] for each in whole["changes"]} >= {each["id"] for each in crowd.theirs[half]}
    assert whole["records"][0]["name"] == f"Name of {crowd.gone[half]}"
    assert (len(whole["slates"]), len(whole["quarantine"])) == (1, 2)
    assert whole["state"][f"u:{crowd.gone[half]}"]["history"]
    # when: alone
    told = json.loads(lingxi("forget", *crowd.gone[half:], "--home", str(home), "--json"))["receipts"]
    assert all(each["complete"] and each["verified"] for each in told)
    assert traces(home, crowd.gone) == []
    assert what_served(home) == what_served(never)


def test_an_erasure_that_was_cut_short_is_taken_up_at_the_next_start(home: Path) -> None:
    crowd = Crowd(3)
    with Serving(home) as server:
        server.ready()
        crowd.fill(server.http)
        told = server.http.delete(f"/v1/users/{crowd.gone[0]}").json()
        assert told["complete"] is None
        server.end(signal.SIGKILL)
    with Serving(home) as server:
        server.ready()
        assert complete(server.http, [told["receipt"]])[0]["verified"]
        assert not any(crowd.gone[0].encode() in content for _, content in bytes_of(home))
        # and: a guest of a session, and nobody at all
        guest = server.http.delete(f"/v1/users/{crowd.sessions[1]}", params={"session": "true"}).json()
        nobody = server.http.delete("/v1/users/nobody-at-all").json()
        assert (nobody["seq"], nobody["found"]) == (None, {})
        found = complete(server.http, [guest["receipt"], nobody["receipt"]])
        assert found[0]["found"]["log"]["events"] == 3
        assert found[1]["found"] == {}
        assert not any(crowd.sessions[1].encode() in content for _, content in bytes_of(home))
        # and: who comes back is someone new
        sent(server.http, "/v1/events", [{**crowd.theirs[0][1], "id": "again"}])
        assert server.http.get("/v1/erasures/none").status_code == httpx.codes.NOT_FOUND
