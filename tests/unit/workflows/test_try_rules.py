"""A dry run of merchant rules tells what the rules do, and nothing else."""

from __future__ import annotations

from lingxi.domain.merchandising import Block, MerchantRule, RuleSet, Selection
from lingxi.domain.slate import Query
from lingxi.ports.slates import SlateRow
from lingxi.recommend.merchandising.check import Checked
from lingxi.recommend.repetition import remember
from lingxi.recommend.scene import Scene
from lingxi.recommend.settings import Settings
from lingxi.workflows.try_rules import Trial, Trying
from small_shop import grocer

MINUTE = 60_000_000


def test_what_was_answered_just_now_is_not_taken_for_the_rules_doing() -> None:
    """Given a slate of two minutes ago, whose items the next slate moves down, when the rules in force are tried, then
    nothing changes; and when a rule blocks one item, only that one vanishes."""
    shop = grocer()
    shop.settings = Settings(repetition=0.9)
    query = Query(user="ann", n=8)
    slate, trace = shop.ask(query)
    remember(trace)
    shop.now += 2 * MINUTE
    assert shop.shown(user="ann", n=8) != [pick.item for pick in slate.picks]
    row = SlateRow(at=shop.now, user="ann", session=None, slate=slate, query=query)

    def tried(*rules: MerchantRule) -> Trial:
        trying = Trying(RuleSet(rules=rules), lambda: Scene(shop.state, None, shop.now, shop.settings, shop.memory))
        trying.ask(row)
        return trying.found(Checked())

    assert (tried().asked, tried().changed) == (1, 0)
    first = slate.picks[0].item
    found = tried(MerchantRule(id="gone", effect=Block(), items=Selection(ids=(first,))))
    assert [each.item for each in found.vanishes] == [first]
