"""Every endpoint with every wrong key, as the server's own OpenAPI document lists them; and shops that never cross."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Serving

from lingxi.app.parts import keys_of
from lingxi.ports.keys import SCOPES

UNAUTHORIZED, FORBIDDEN = httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN
REFUSED = {UNAUTHORIZED, FORBIDDEN}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "home"


@pytest.fixture(scope="module")
def secrets(home: Path) -> dict[str, str]:
    """A key for each scope of the shop north, one for the shop south, one that was revoked and one that was rotated."""
    keys = keys_of(home)
    made = {scope: keys.create(scope, "north", (scope,))[1] for scope in SCOPES}
    made["south"] = keys.create("south", "south")[1]
    revoked, made["revoked"] = keys.create("revoked", "north")
    keys.revoke(revoked.id)
    rotated, made["rotated away"] = keys.create("rotated", "north")
    keys.rotate(rotated.id)
    return made


@pytest.fixture(scope="module")
def server(home: Path, secrets: dict[str, str]) -> Iterator[httpx.Client]:
    with Serving(home) as serving:
        serving.ready()
        yield serving.http


@pytest.fixture(scope="module")
def operations(server: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    """Every documented operation: method, path with something in each place, what is said of it."""
    paths = server.get("/docs/openapi.json").json()["paths"]
    found = [
        (method.upper(), re.sub(r"{\w+}", "home" if "recommend" in path else "one", path), said)
        for path, methods in paths.items()
        for method, said in methods.items()
    ]
    assert len(found) > 20
    return found


def asked(server: httpx.Client, method: str, path: str, said: dict[str, Any], key: str | None) -> httpx.Response:
    content = said.get("requestBody", {}).get("content", {}).get("application/json")
    body = None if content is None else json.dumps(content["example"])
    headers = {"content-type": "application/json"} | ({} if key is None else {"authorization": f"Bearer {key}"})
    return server.request(method, path, content=body, headers=headers)


def test_every_endpoint_refuses_every_wrong_key(
    server: httpx.Client, operations: list[tuple[str, str, dict[str, Any]]], secrets: dict[str, str]
) -> None:
    almost = secrets["admin"][:-1] + ("a" if secrets["admin"][-1] != "a" else "b")
    nothing = (None, "lx_garbage", "é" * 40, "x" * 5_000, almost, secrets["revoked"], secrets["rotated away"])
    closed = 0
    for method, path, said in operations:
        if said.get("security") == []:
            assert asked(server, method, path, said, None).status_code not in REFUSED, path
            continue
        closed += 1
        for key in nothing:
            headers = None if key is None or key.isascii() else {"x-lingxi-key": key.encode()}
            answer = (
                server.request(method, path, headers=headers) if headers else asked(server, method, path, said, key)
            )
            assert answer.status_code == UNAUTHORIZED, f"{method} {path} with {key!r}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
        for scope in SCOPES:
            answer = asked(server, method, path, said, secrets[scope])
            if scope in said["x-scopes"]:
                assert answer.status_code not in REFUSED, f"{method} {path} with {scope}: {answer.text}"
            else:
                assert answer.status_code == FORBIDDEN, f"{method} {path} with {scope}: {answer.text}"
                assert "lingxi key create" in answer.json()["remedy"]
    assert closed > 15


def test_a_route_that_says_nothing_of_scopes_is_for_admins_only() -> None:
    from lingxi.api.doc import Doc

    assert Doc(summary="", tag="").scopes == ("admin",)


def test_two_shops_in_one_process_never_cross(server: httpx.Client, secrets: dict[str, str]) -> None:
    def as_shop(name: str) -> dict[str, str]:
        return {"x-lingxi-key": secrets["admin" if name == "north" else name]}

    # given: the same ids in both, with other content
    for shop in ("north", "south"):
        goods = [{"id": "same", "title": shop}, *({"id": f"{shop}-{k}", "title": shop} for k in range(8))]
        server.post("/v1/items", json=goods, headers=as_shop(shop))
        server.post("/v1/users", json={"id": "ann", "name": shop}, headers=as_shop(shop))
        events = [{"id": f"e{k}", "user": "ann", "kind": "view", "item": f"{shop}-{k}"} for k in range(3)]
        receipts = server.post("/v1/events", json=events, headers=as_shop(shop)).json()["events"]
        assert {each["status"] for each in receipts} == {"accepted"}
    for shop, other in (("north", "south"), ("south", "north")):
        headers = as_shop(shop)
        assert server.get("/v1/shop", headers=headers).json()["shop"] == shop
        assert server.get("/v1/items/same", headers=headers).json()["title"] == shop
        assert server.get("/v1/users/ann", headers=headers).json()["name"] == shop
        assert server.get(f"/v1/items/{other}-1", headers=headers).status_code == httpx.codes.NOT_FOUND
        slate = server.get("/v1/recommend/home?user=ann&n=20", headers=headers).json()
        assert slate["picks"]
        assert not [pick for pick in slate["picks"] if pick["item"].startswith(other)]
        # and: another shop's slate is not explained
        explained = server.get(f"/v1/slates/{slate['request']}", headers=as_shop(other))
        assert explained.status_code == httpx.codes.NOT_FOUND
    # and: who is forgotten in one shop is not in the other
    receipt = server.delete("/v1/users/ann", headers=as_shop("north")).json()
    assert server.get("/v1/users/ann", headers=as_shop("north")).status_code == httpx.codes.NOT_FOUND
    assert server.get("/v1/users/ann", headers=as_shop("south")).json()["name"] == "south"
    wrong = server.get(f"/v1/erasures/{receipt['receipt']}", headers=as_shop("south"))
    assert wrong.status_code == httpx.codes.NOT_FOUND
