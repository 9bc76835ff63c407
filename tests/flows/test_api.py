"""The HTTP interface of a real server: what goes in, what comes out, and what bad input gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import Serving

GOODS = [
    {"id": f"sku-{n}", "title": f"Thing {n}", "category": "Food > Milk" if n % 2 else "Food", "price": 1.0 + n}
    for n in range(30)
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A shop with thirty items, which explores in `trending`."""
    own = json.dumps({"trending": {"explorer": "epsilon", "explore_share": 1}})
    with Serving(tmp_path_factory.mktemp("api") / "home", LINGXI_RECOMMEND_SURFACES=own) as server:
        server.ready()
        answer = server.http.post("/v1/items", json=GOODS)
        assert {each["status"] for each in answer.json()["items"]} == {"accepted"}
        yield server.http


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer tells, with its status checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["detail"]
    assert "remedy" in said
    return said


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == httpx.codes.OK, answer.text
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def home(shop: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = shop.get("/v1/recommend/home", params=asked)
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_new_shopper_gets_a_full_slate_and_views_change_it(shop: httpx.Client) -> None:
    before = home(shop, user="new", n=20)
    assert len(before["picks"]) == 20
    assert before["model"] is None
    assert all(pick["source"] and pick["reason"]["en"] and pick["reason"]["zh"] for pick in before["picks"])

    sent = [{"user": "new", "kind": "view", "item": f"sku-{n}"} for n in (27, 28, 29)]
    receipts = events(shop.post("/v1/events", json=sent))

    after = home(shop, user="new", n=20)
    assert after["seq"] >= max(each["seq"] for each in receipts)
    assert [pick["item"] for pick in after["picks"]] != [pick["item"] for pick in before["picks"]]


def test_one_event_an_array_and_lines_are_answered_in_order(shop: httpx.Client) -> None:
    one = events(shop.post("/v1/events", json={"user": "a", "kind": "view", "item": "sku-1"}))
    lines = b'{"user":"a","kind":"view","item":"sku-2"}\n\n{"user":"a","kind":"view","item":"sku-3"}\n'
    two = events(shop.post("/v1/events", content=lines, headers={"content-type": "application/x-ndjson"}))
    seqs = [each["seq"] for each in one + two]
    assert len(seqs) == 3
    assert seqs == sorted(seqs)


def test_bad_events_among_good_ones_are_told_and_the_good_stored(shop: httpx.Client) -> None:
    sent = [
        {"user": "b", "kind": "view", "item": "sku-1"},
        {"user": "b", "kind": "view", "item": "sku-1", "quantity": "many"},
        {"kind": "view", "item": "sku-1"},
        "no object",
        {"user": "b", "kind": "purchase", "item": "never-posted", "quantity": 1, "price": 2.0},
    ]
    got = events(shop.post("/v1/events", json=sent))
    assert [each["status"] for each in got] == ["accepted", *["quarantined"] * 3, "accepted"]
    assert "quantity" in got[1]["reason"]
    assert all("seq" not in each for each in got[1:4])


def test_a_line_that_does_not_parse_stands_alone(shop: httpx.Client) -> None:
    lines = b'{"user":"c","kind":"view","item":"sku-1"}\n{"user":"c",\n{"user":"c","kind":"view","item":"sku-2"}\n'
    got = events(shop.post("/v1/events", content=lines, headers={"content-type": "application/x-ndjson"}))
    assert [each["status"] for each in got] == ["accepted", "quarantined", "accepted"]


def test_an_id_again_is_a_duplicate_and_with_other_content_a_conflict(shop: httpx.Client) -> None:
    event = {
        "id": "order-1",
        "user": "d",
        "kind": "purchase",
        "item": "sku-1",
        "quantity": 1,
        "price": 2.0,
        "at": 1_700_000_000,
    }
    first = events(shop.post("/v1/events", json=[event, event]))
    assert [each["status"] in ("accepted", "repaired") for each in first] == [True, False]
    assert first[1]["status"] == "duplicate"
    assert first[1]["seq"] == first[0]["seq"]
    other = events(shop.post("/v1/events", json={**event, "quantity": 2}))
    assert other[0]["status"] == "conflict"


def test_an_unknown_item_is_a_stub_until_it_is_posted(shop: httpx.Client) -> None:
    events(shop.post("/v1/events", json=[{"user": "e", "kind": "view", "item": "stub-1"}] * 3))
    assert "stub-1" not in [pick["item"] for pick in home(shop, user="e", n=100)["picks"]]
    problem(shop.get("/v1/items/stub-1"), 404)

    shop.post("/v1/items", json={"id": "stub-1", "title": "Now real", "category": "Food"})

    assert "stub-1" in [pick["item"] for pick in home(shop, user="e", n=100)["picks"]]


def test_price_stock_and_visibility_count_in_the_next_slate(shop: httpx.Client) -> None:
    asked = {"user": "f", "n": 100}
    for change in ({"stock": 0}, {"stock": 3, "visible": False}):
        shop.patch("/v1/items", json={"id": "sku-5", **change})
        assert "sku-5" not in [pick["item"] for pick in home(shop, **asked)["picks"]]
        shop.patch("/v1/items", json={"id": "sku-5", "stock": None, "visible": True})
        assert "sku-5" in [pick["item"] for pick in home(shop, **asked)["picks"]]
    shop.patch("/v1/items", json={"id": "sku-5", "price": 999.0})
    assert [pick["item"] for pick in home(shop, price_min=900, **asked)["picks"]] == ["sku-5"]


def test_a_change_to_an_unknown_item_is_told(shop: httpx.Client) -> None:
    got = shop.patch("/v1/items", json=[{"id": "nowhere", "stock": 1}]).json()["items"]
    assert got[0]["status"] == "quarantined"
    assert "POST /v1/items" in got[0]["reason"]


def test_items_are_listed_by_ids_and_by_category(shop: httpx.Client) -> None:
    named = shop.get("/v1/items", params={"ids": "sku-3,sku-1,none"}).json()["items"]
    assert [each["id"] for each in named] == ["sku-3", "sku-1"]
    milk = shop.get("/v1/items", params={"category": "Food > Milk", "limit": 4}).json()
    assert milk["total"] == 15
    assert len(milk["items"]) == 4
    every = shop.get("/v1/items", params={"category": "Food", "limit": 200}).json()
    assert every["total"] >= 30
    names = {each["category"] for each in shop.get("/v1/categories").json()["categories"]}
    assert names == {"Food", "Food > Milk"}


def test_users_are_kept_with_their_traits(shop: httpx.Client) -> None:
    shop.post("/v1/users", json={"id": "u/1", "name": "Lin", "traits": {"size": {"value": 3}}})
    shop.patch("/v1/users", json={"id": "u/1", "traits": {"age": {"value": "45-54", "sensitive": True}}})
    found = shop.get("/v1/users/u%2F1").json()
    assert set(found["traits"]) == {"size", "age"}
    assert "u/1" in [each["id"] for each in shop.get("/v1/users").json()["users"]]
    problem(shop.get("/v1/users/nobody"), 404)


def test_a_slate_is_explained(shop: httpx.Client) -> None:
    slate = shop.post("/v1/recommend/home", json={"user": "g", "n": 5, "explain": True}).json()
    why = shop.get(f"/v1/slates/{slate['request']}").json()
    assert why["slate"] == slate
    assert why["user"] == "g"
    assert len(why["record"]["picks"]) == 5
    assert why["record"]["proposed"]
    problem(shop.get("/v1/slates/never-made"), 404)


def test_a_place_that_explored_tells_its_propensity(shop: httpx.Client) -> None:
    slate = shop.post("/v1/recommend/trending", json={"n": 8, "explain": True}).json()
    told = {place: pick["propensity"] for place, pick in enumerate(slate["picks"]) if "propensity" in pick}
    assert list(told) == [5, 7]
    assert all(0 < chance < 1 for chance in told.values())
    why = shop.get(f"/v1/slates/{slate['request']}").json()
    assert why["slate"] == slate
    assert {place: why["record"]["picks"][place]["propensity"] for place in told} == told
    assert all(why["record"]["picks"][place]["moved"]["exploration"] > 0 for place in told)
    assert "propensity" not in shop.get("/v1/recommend/home").text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"kind":', 400, "JSON"),
        (b"", 400, "empty"),
        (b"\xff\xfe\x00", 400, "JSON"),
        (b"[" * 100_000, 400, "deep"),
        (json.dumps({"user": "x", "kind": "view", "context": {"a": [[[[[[[[1]]]]]]]]}}).encode(), 400, "8"),
        (json.dumps([{"user": "x", "kind": "view", "item": "sku-1"}] * 1_001).encode(), 413, "1,000"),
        (b'{"user":"' + b"x" * (1 << 21) + b'"}', 413, "1,048,576"),
    ],
)
def test_a_body_that_cannot_be_taken_names_the_limit_and_the_connection_lives_on(
    shop: httpx.Client, body: bytes, status: int, said: str
) -> None:
    before = shop.get("/v1/shop").json()["seq"]
    told = problem(shop.post("/v1/events", content=body), status)
    assert said in told["detail"] + told["remedy"]
    assert told["where"] == "body"
    assert shop.get("/v1/shop").json()["seq"] == before


@pytest.mark.parametrize(
    ("path", "status", "near"),
    [
        ("/v1/recommend/hom", 404, "home"),
        ("/v1/recommend/home?usr=1", 422, "user"),
        ("/v1/recommend/home?n=101", 422, ""),
        ("/v1/recommend/home?n=many", 422, ""),
        ("/v1/items?limt=3", 422, "limit"),
        ("/v1/models/none", 404, ""),
        ("/v1/evnts", 404, "/v1/events"),
        ("/v1/recommend/home?user=u1&user=u2", 422, "once"),
        ("/v1/recommend/home?n=5&n=6", 422, "once"),
        ("/v1/recommend/home?user=%ff", 422, "UTF-8"),
        ("/v1/recommend/home?user=%00", 422, "leave it out"),
        ("/v1/recommend/home?price_min=inf", 422, "leave it out"),
        ("/v1/recommend/home?price_max=nan", 422, "/docs"),
        ("/v1/recommend/home?price_min=9&price_max=1", 422, "swap"),
        ("/v1/shop?x=1", 422, "/docs"),
        ("/v1/categories?x=1", 422, "/docs"),
        ("/v1/models?limit=3", 422, "/docs"),
        ("/v1/models/x/reprt", 404, "/v1/models/{model}/report"),
    ],
)
def test_unknown_names_answer_with_the_nearest_that_exist(
    shop: httpx.Client, path: str, status: int, near: str
) -> None:
    told = problem(shop.get(path), status)
    assert near in told["remedy"]
    assert told["where"]


def test_a_query_string_beside_a_body_is_refused_and_nothing_is_stored(shop: httpx.Client) -> None:
    before = shop.get("/v1/shop").json()["seq"]
    assert problem(shop.post("/v1/recommend/cart?n=5", json={}), 422)["where"] == "query"
    assert problem(shop.post("/v1/events?foo=1", json={"user": "u", "kind": "view", "item": "sku-1"}), 422)
    assert shop.get("/v1/shop").json()["seq"] == before


@pytest.mark.parametrize("path", ["items/none", "users/none", "slates/none", "erasures/none", "models/none"])
def test_what_is_not_there_is_told_with_its_place_and_no_folder_of_the_server(shop: httpx.Client, path: str) -> None:
    told = problem(shop.get(f"/v1/{path}"), 404)
    assert told["where"] in {"item", "user", "request", "receipt", "model"}
    assert "/home" not in str(told)


def test_a_wrong_method_names_the_right_ones(shop: httpx.Client) -> None:
    assert "POST" in problem(shop.delete("/v1/events"), 405)["remedy"]
    assert "POST" in problem(shop.delete("/v1/events/"), 405)["remedy"]
    assert "POST" in problem(shop.get("/v1/models/none/promote"), 405)["remedy"]
    assert "GET" in problem(shop.put("/v1/items/p1"), 405)["remedy"]


def test_a_body_of_the_wrong_type_names_the_field(shop: httpx.Client) -> None:
    assert problem(shop.post("/v1/recommend/home", json={"n": "x"}), 422)["where"] == "n"
    assert problem(shop.post("/v1/recommend/home", content=b"{"), 400)["where"] == "body"
    assert problem(shop.post("/v1/recommend/home", json=[]), 422)["where"] == "body"


def test_an_unknown_field_of_a_body_is_told_with_the_nearest(shop: httpx.Client) -> None:
    told = problem(shop.post("/v1/recommend/home", json={"itms": ["sku-1"]}), 422)
    assert (told["where"], told["remedy"]) == ("itms", "choose one of: items")
    told = problem(shop.post("/v1/models/rollback", json={"wy": "x"}), 422)
    assert (told["where"], told["remedy"]) == ("wy", "choose one of: why")


def test_there_is_nothing_to_roll_back_to(shop: httpx.Client) -> None:
    problem(shop.post("/v1/models/rollback", json={}), 409)
    assert shop.get("/v1/models").json()["live"] is None


def test_pages_of_other_sites_and_other_hosts_are_kept_out(shop: httpx.Client) -> None:
    problem(shop.get("/v1/shop", headers={"host": "shop.example"}), 409)
    problem(shop.post("/v1/events", json=[], headers={"origin": "https://evil.example"}), 409)
    own = str(shop.base_url).rstrip("/")
    assert shop.get("/v1/shop", headers={"origin": own}).status_code == httpx.codes.OK


def test_every_route_is_documented_with_its_problems(shop: httpx.Client) -> None:
    document = shop.get("/docs/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {
        "/v1/events",
        "/v1/items",
        "/v1/users",
        "/v1/recommend/{surface}",
        "/v1/slates/{request_id}",
        "/v1/models",
    } <= set(document["paths"])
    taking = [op for path in document["paths"].values() for op in path.values() if "requestBody" in op]
    assert all(op["requestBody"]["content"]["application/json"]["example"] for op in taking)
    page = shop.get("/docs")
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize("n", ["0", "-1", "101", "10000", "1e9", "99999999999999999999", "many", "1.5"])
def test_a_number_of_picks_that_cannot_be_names_the_field(shop: httpx.Client, n: str) -> None:
    told = problem(shop.get(f"/v1/recommend/home?n={n}"), 422)
    assert told["where"] == "n"
    assert told["detail"]
    assert problem(shop.post("/v1/recommend/home", content=f'{{"n": "{n}"}}'.encode()), 422)


def test_a_request_is_named_by_who_sends_it_or_by_the_server(shop: httpx.Client) -> None:
    """Given an id that can stand in a header, the answer has it, error or not; else the server makes one."""
    named = {"x-request-id": "cart-7"}
    for path in ("/v1/recommend/home", "/v1/nothing", "/metrics"):
        assert shop.get(path, headers=named).headers["x-request-id"] == "cart-7"
        fresh = {
            shop.get(path, headers={"x-request-id": bad}).headers["x-request-id"] for bad in ("", "a b", "x" * 129)
        }
        assert len(fresh) == 3
        assert all(len(each) == 36 for each in fresh)


def test_metrics_tell_what_slates_are_made_of(shop: httpx.Client) -> None:
    home(shop, user="metered")
    said = shop.get("/metrics").text
    for step in ("sources", "join", "sift", "score", "order", "reasons", "record", "json"):
        assert f'lingxi_slate_stage_seconds_bucket{{le="+Inf",stage="{step}"}}' in said
    for line in (
        'lingxi_picks_total{shop="default",source="',
        'lingxi_proposed_total{shop="default",source="',
        'lingxi_removed_total{filter="hidden",shop="default"}',
        'lingxi_cache_total{of="list",result="hit",shop="default"}',
        'lingxi_refused_slates_total{shop="default"} 0.0',
        'lingxi_waiting_slates{shop="default"} 0.0',
        'lingxi_loop_lag_seconds{shop="default"}',
    ):
        assert line in said, line


def test_metrics_count_what_was_sent(shop: httpx.Client) -> None:
    events(shop.post("/v1/events", json={"user": "m", "kind": "view", "item": "sku-1"}))
    events(shop.post("/v1/events", json={"user": "m", "kind": "levitate", "item": "sku-1"}))
    said = shop.get("/metrics").text
    assert 'lingxi_records_total{of="events",status="accepted"}' in said
    assert 'lingxi_rules_total{of="events",rule="kind_unknown"}' in said
    assert "lingxi_request_seconds_bucket" in said
    assert 'lingxi_state_seq{shop="default"}' in said


def test_merchant_rules_hold_in_the_next_slate_and_can_be_taken_back(shop: httpx.Client) -> None:
    pin = {"id": "hero", "effect": {"kind": "pin", "position": 1}, "items": {"ids": ["sku-13"]}, "surfaces": ["home"]}
    paid = {"id": "paid", "effect": {"kind": "sponsored", "positions": [2]}, "items": {"categories": ["Food > Milk"]}}

    def untouched() -> bool:
        """No rule holds. Which items a guest sees then is no matter of rules: what rises is counted anew meanwhile."""
        picks = home(shop, n=5, region="north", channel="web")["picks"]
        return picks[0]["item"] != "sku-13" and not any("label" in pick for pick in picks)

    assert untouched()
    tried = shop.post("/v1/rules/try", json={"rules": [pin, paid], "n": 5}).json()
    assert tried["changed"] > 0
    assert untouched()

    answer = shop.put("/v1/rules", json={"rules": [pin, paid], "why": "a test"})
    assert answer.status_code == httpx.codes.OK, answer.text
    version = answer.json()["version"]
    picks = home(shop, n=5)["picks"]
    assert picks[0]["item"] == "sku-13"
    assert picks[1]["label"] == "sponsored"
    assert shop.get("/v1/rules").json() == {"version": version, "rules": [pin, paid], "why": "a test", "by": "api"}

    back = shop.post("/v1/rules/rollback", json={"why": "enough"}).json()["version"]
    assert untouched()
    assert shop.get("/v1/rules", params={"version": version}).json()["rules"] == [pin, paid]
    newest = shop.get("/v1/rules/versions").json()[:2]
    assert [(each["version"], each["rules"], each["back_to"]) for each in newest] == [(back, 0, 0), (version, 2, None)]


def test_merchant_rules_that_are_wrong_are_told(shop: httpx.Client) -> None:
    pin = {"id": "a", "effect": {"kind": "pin", "position": 1}, "items": {"ids": ["sku-1"]}}
    before = shop.get("/v1/rules").json()

    said = problem(shop.put("/v1/rules", json={"rules": [{**pin, "colour": "red"}]}), 422)
    assert "rule 1 'a'" in said["detail"]
    assert "colour" in said["detail"]
    empty = problem(shop.put("/v1/rules", json={"rules": [{**pin, "effect": {"kind": "boost"}}]}), 422)
    assert "the effect is empty" in empty["detail"]
    both = problem(shop.put("/v1/rules", json={"rules": [pin, {**pin, "id": "b"}]}), 409)
    assert "both want place 1" in both["detail"]
    assert "no field 'n'" in problem(shop.put("/v1/rules", json={"rules": [], "n": 5}), 422)["detail"]
    problem(shop.put("/v1/rules", content=b"[[rules]]"), 400)
    problem(shop.put("/v1/rules", json=[]), 422)
    problem(shop.get("/v1/rules", params={"version": 1}), 404)
    problem(shop.post("/v1/rules/try", json={"rules": [pin], "n": 0}), 422)
    problem(shop.post("/v1/rules/rollback", json={"to": 99_999_999}), 404)
    assert shop.get("/v1/rules").json() == before
