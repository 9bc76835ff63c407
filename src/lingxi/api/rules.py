"""Merchant rules: which hold, what others would change, and how they come into force. Not the rules of the cleaning."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Request, Response, get, post, put
from msgspec import Meta, Struct

from lingxi.api import body, query
from lingxi.api.doc import Doc, encode, opt
from lingxi.api.door import engine_of
from lingxi.app import merchant
from lingxi.domain.errors import Invalid, Malformed
from lingxi.domain.event import Words
from lingxi.domain.merchandising import MerchantRule, RuleSet
from lingxi.ingest.misfit import misfit
from lingxi.workflows import rules as reading
from lingxi.workflows.try_rules import Trial

Asked = TypeVar("Asked", bound=Struct)
BYTES: Final = 4 << 20
EXAMPLE: Final = {
    "rules": [
        {"id": "hero", "effect": {"kind": "pin", "position": 1}, "items": {"ids": ["sku-1"]}, "surfaces": ["home"]},
        {"id": "spread", "effect": {"kind": "quota", "most": 2, "first": 10, "per": "brand"}},
    ],
    "why": "spring",
}


class Rules(Struct, frozen=True, kw_only=True):
    """The rules in force. `version` is the change that set them, 0 while there never were any."""

    version: int
    rules: tuple[MerchantRule, ...]
    why: str
    by: str


class SetRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole set of rules, in the place of the one before. `force` sets rules that contradict each other too."""

    rules: tuple[MerchantRule, ...] = ()
    why: Words = ""
    force: bool = False


class RulesSet(Struct, frozen=True, kw_only=True):
    """The version that is in force now, and what is to be said of it."""

    version: int
    conflicts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class RulesVersion(Struct, frozen=True, kw_only=True):
    """One set that was in force from `at` (µs UTC) on; `back_to` where the shop went back to an earlier one."""

    version: int
    at: int
    rules: int
    why: str
    by: str
    back_to: int | None = None


class RulesBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go back to: the set before, or the version `to` (0: no rules)."""

    to: int | None = None
    why: Words = ""


class TryRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of rules to try on the `n` newest slates."""

    rules: tuple[MerchantRule, ...] = ()
    n: Annotated[int, Meta(ge=1, le=1_000)] = 50


class WhichRules(Struct, frozen=True, kw_only=True):
    """WhichRules rules to show."""

    version: Annotated[int | None, Meta(description="of this version; without it those in force")] = None


@get(
    "/v1/rules",
    opt=opt(
        Doc(
            summary="Show the merchant rules",
            tag="Rules",
            query=WhichRules,
            answer=Rules,
            answered={"version": 7, "by": "api", **EXAMPLE},
            errors=(404,),
        )
    ),
)
async def show_rules(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Shows the rules in force, or those of a version."""
    engine = await engine_of(request)
    held, version = engine.state.rules, engine.state.rules_seq
    asked = query.read(request, WhichRules).version
    if asked is not None and asked != version:
        held, version = reading.version_of(await merchant.versions(engine), asked), asked
    found = Rules(version=version, rules=held.rules, why=held.why, by=held.by)
    return Response(encode(found), media_type="application/json")


@put(
    "/v1/rules",
    status_code=200,
    opt=opt(
        Doc(
            summary="Set the merchant rules",
            text="In the place of all before. 422 for a rule that is impossible, 409 for rules that contradict.",
            tag="Rules",
            body=SetRules,
            example=EXAMPLE,
            answer=RulesSet,
            answered={"version": 8, "conflicts": [], "warnings": ["rule 'hero': there is no item 'sku-1'"]},
            errors=(400, 409, 413, 422, 503),
        )
    ),
)
async def set_rules(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Sets the rules."""
    engine = await engine_of(request)
    asked = await _asked(request, SetRules)
    rules = RuleSet(rules=asked.rules, why=asked.why, by="api")
    version, said = await merchant.put(engine, rules, force=asked.force)
    found = RulesSet(version=version, conflicts=said.conflicts, warnings=said.warnings)
    return Response(encode(found), media_type="application/json")


@get(
    "/v1/rules/versions",
    opt=opt(Doc(summary="List the versions of the merchant rules", tag="Rules", answer=list[RulesVersion])),
)
async def list_versions(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lists the newest versions, the newest first."""
    engine = await engine_of(request)
    found = [
        RulesVersion(version=c.seq, at=c.received, rules=len(s.rules), why=s.why, by=s.by, back_to=s.back_to)
        for c in await merchant.versions(engine)
        if isinstance(s := c.entry, RuleSet)
    ]
    return Response(encode(found), media_type="application/json")


@post(
    "/v1/rules/rollback",
    status_code=200,
    opt=opt(
        Doc(
            summary="Go back to the merchant rules before",
            tag="Rules",
            body=RulesBack,
            example={"why": "too many pins"},
            answer=RulesSet,
            answered={"version": 9, "conflicts": [], "warnings": []},
            errors=(404, 409, 422, 503),
        )
    ),
)
async def roll_back_rules(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Goes back."""
    engine = await engine_of(request)
    asked = await body.one(request, RulesBack, BYTES)
    version = await merchant.roll_back(engine, to=asked.to, why=asked.why, by="api")
    return Response(encode(RulesSet(version=version)), media_type="application/json")


@post(
    "/v1/rules/try",
    status_code=200,
    opt=opt(
        Doc(
            summary="Try merchant rules",
            text="The newest slates asked again, with the rules in force and with these; nothing is changed.",
            tag="Rules",
            body=TryRules,
            example={"rules": EXAMPLE["rules"], "n": 50},
            answer=Trial,
            errors=(400, 413, 422),
        )
    ),
)
async def try_rules(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Tries rules."""
    engine = await engine_of(request)
    asked = await _asked(request, TryRules)
    found = await merchant.tried(engine, RuleSet(rules=asked.rules), asked.n)
    return Response(encode(found), media_type="application/json")


async def _asked(request: Request[Any, Any, Any], of: type[Asked]) -> Asked:
    """The body, its rules read one by one so that an error names the rule.

    Raises:
        Malformed: it is not JSON.
        Invalid: a rule, or another field, does not fit.
    """
    try:
        value = msgspec.json.decode(await body.read(request, BYTES))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"the body is not JSON: {error}", where="body", remedy="send one JSON object") from None
    if not isinstance(value, dict):
        raise Invalid("expected an object", where="body", remedy='send {"rules": […]}')
    rules = reading.of({"rules": value.pop("rules", [])}, "body").rules
    try:
        return msgspec.structs.replace(msgspec.convert(value, of), rules=rules)
    except msgspec.ValidationError as error:
        raise misfit(error, of, place="body") from None
