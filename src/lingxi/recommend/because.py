"""The words of a reason, in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from lingxi.domain.event import KIND_CODE

SEARCH: Final = KIND_CODE["search"]
ACTED: Final = {
    "purchase": ("bought {}", "买过{}"),
    "rate": ("rated {}", "给{}评过分"),
    "review": ("reviewed {}", "评论过{}"),
    "add_to_cart": ("put {} in your cart", "把{}加入过购物车"),
    "like": ("liked {}", "喜欢过{}"),
    "follow": ("followed {}", "关注过{}"),
    "share": ("shared {}", "分享过{}"),
    "redeem": ("redeemed {}", "兑换过{}"),
    "click": ("looked at {}", "看过{}"),
    "view": ("looked at {}", "看过{}"),
}
"""What a shopper did with an item, the strongest first: of several acts on one the strongest is said. What is not here
(a refund, an item dismissed or taken out of the cart) is no reason to recommend anything."""
SAID: Final = {KIND_CODE[kind]: words for kind, words in ACTED.items()}
STRENGTH: Final = {KIND_CODE[kind]: len(ACTED) - place for place, kind in enumerate(ACTED)}
"""How strong an act of each kind that can be said is, from 1."""


class Because(NamedTuple):
    """A sentence in each language, with a `{}` for the title of each of `items`, which are its evidence: numbers of
    items, in the order of the places."""

    en: str
    zh: str
    items: tuple[int, ...] = ()


@cache
def acted(kinds: tuple[int, ...]) -> tuple[str, str, tuple[int, ...]]:
    """Sentences that name one item for each of these kinds of acts (one of SAID, or SEARCH, which names none), and the
    places of `kinds` in the order in which the sentences name them: equal verbs are said once."""
    verbs: dict[tuple[str, str], list[int]] = {}
    for place, kind in enumerate(kinds):
        if kind != SEARCH:
            verbs.setdefault(SAID[kind], []).append(place)
    named = tuple(place for places in verbs.values() for place in places)
    english = [en.format(_listed(["{}"] * len(places), ", ", " and ")) for (en, _), places in verbs.items()]
    chinese = [zh.format(_listed(["{}"] * len(places), "、", "和")) for (_, zh), places in verbs.items()]
    if not verbs:
        return "Because of what you searched for lately", "因为您最近的搜索", ()
    # "bought A and B and looked at C" would leave open what belongs to what.
    link = ", and " if len(named) > len(verbs) else " and "
    en, zh = f"Because you {_listed(english, ', ', link)}", f"因为您{'，'.join(chinese)}"
    if SEARCH in kinds:
        return f"{en}, and because of what you searched for lately", f"{zh}，也因为您最近的搜索", named
    return en, zh, named


@cache
def acted_on_itself(kind: int) -> tuple[str, str]:
    """Sentences about an item that is recommended for an act of this kind (one of SAID) on itself."""
    en, zh = SAID[kind]
    return f"You {en.format('this')} before", f"您{zh.format('这件商品')}"


def _listed(parts: Sequence[str], between: str, last: str) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) == 1:
        return parts[0]
    return between.join(parts[:-1]) + last + parts[-1]
