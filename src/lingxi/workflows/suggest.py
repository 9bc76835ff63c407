"""What may be one and is kept as two: categories that differ in spelling, one person under several ids.

It suggests, and changes nothing: who joins two people must know that they are one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from msgspec import Struct

from lingxi.ingest.around._spellings import plain
from lingxi.ingest.around.categories import Categories
from lingxi.insight.said import Sentence
from lingxi.ports.catalog import Catalog
from lingxi.ports.survey import Surveyed

SHOWN: Final = 50
"""Suggestions of each sort that are listed; all are counted."""
FAMILY: Final = 3
"""Users on one session beyond which it is a till or a desk and no person's."""
USERS_AT_A_TIME: Final = 500
CONTACTS: Final = frozenset(("email", "mail", "emailaddress", "phone", "phonenumber", "mobile", "tel", "telephone"))
"""Traits that belong to one person, by their names without spaces and signs."""


class Spelled(Struct, frozen=True, kw_only=True):
    """A category of so many items that is written like another one of more."""

    category: str
    items: int
    usual: str
    usual_items: int


class Alike(Struct, frozen=True, kw_only=True):
    """Users who may be one person, and by what: `spelling` of their ids, a `session` that they share, or a trait's
    name."""

    users: list[str]
    by: str


class Suggestions(Struct, frozen=True, kw_only=True):
    """What may be one: the first of each sort, and how many there are."""

    categories: list[Spelled] = []
    categories_found: int = 0
    persons: list[Alike] = []
    persons_found: int = 0


class Ledger(Surveyed, Catalog, Protocol):
    """A log that keeps the catalog and can be surveyed."""


def suggest(log: Ledger, until_seq: int) -> Suggestions:
    """Looks over the catalog, the users and the sessions."""
    categories = list(_categories(log))
    persons = list(_persons(log, until_seq))
    return Suggestions(
        categories=categories[:SHOWN],
        categories_found=len(categories),
        persons=persons[:SHOWN],
        persons_found=len(persons),
    )


def _categories(log: Catalog) -> Iterator[Spelled]:
    counts = Counter(item.category for _, item in log.all_items() if item.category)
    known = Categories(sorted(counts.items()))
    for category in sorted(counts):
        usual = known.usual(category)
        if usual is not None:
            yield Spelled(category=category, items=counts[category], usual=usual, usual_items=counts[usual])


def _persons(log: Ledger, until_seq: int) -> Iterator[Alike]:
    """Each set of users once, by the first thing that says so."""
    users = [each[2:] for each in log.shopper_ids() if each.startswith("u:")]
    told: set[frozenset[str]] = set()
    sessions = (each for each in log.shared_sessions(until_seq) if len(each) <= FAMILY)
    sources = (("spelling", _spelled(users)), *_contacts(log, users), ("session", sessions))
    for by, groups in sources:
        for group in groups:
            if (names := frozenset(group)) not in told and len(names) > 1:
                told.add(names)
                yield Alike(users=sorted(names), by=by)


def _spelled(users: Iterable[str]) -> Iterable[list[str]]:
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for user in users:
        forms[plain(user)].append(user)
    return [group for group in forms.values() if len(group) > 1]


def _contacts(log: Catalog, users: list[str]) -> list[tuple[str, Iterable[list[str]]]]:
    """By trait the users who have it in common."""
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(users), USERS_AT_A_TIME):
        for user in log.users(users[start : start + USERS_AT_A_TIME]).values():
            for name, trait in user.traits.items():
                if "".join(filter(str.isalnum, name.lower())) in CONTACTS and trait.value not in (None, ""):
                    found[name][plain(str(trait.value))].append(user.id)
    return [(name, [group for group in values.values() if len(group) > 1]) for name, values in sorted(found.items())]


def said(found: Suggestions, most: int = SHOWN) -> list[Sentence]:
    """The suggestions in words, at most so many of each sort."""
    sentences = [
        Sentence(
            f"Category '{each.category}' ({each.items:,} items) is written like '{each.usual}' ({each.usual_items:,}).",
            f"类目“{each.category}”（{each.items:,} 件商品）与“{each.usual}”（{each.usual_items:,} 件）写法相近。",
        )
        for each in found.categories[:most]
    ]
    why = {
        "spelling": ("their ids are written alike", "ID 写法相近"),
        "session": ("they share a session", "共用一个会话"),
    }
    for each in found.persons[:most]:
        en, zh = why.get(each.by, (f"they have the same {each.by}", f"{each.by} 相同"))
        names, names_zh = (
            " and ".join(f"'{user}'" for user in each.users),
            "、".join(f"“{user}”" for user in each.users),
        )
        sentences.append(
            Sentence(
                f"{names} may be one person: {en}. Nothing is joined.",
                f"{names_zh} 可能是同一个人：{zh}。不会自动合并。",
            )
        )
    more = sum(max(0, number - most) for number in (found.categories_found, found.persons_found))
    return sentences + [Sentence(f"… and {more:,} more.", f"……另有 {more:,} 条。")] * (more > 0)
