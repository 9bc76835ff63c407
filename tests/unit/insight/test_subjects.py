"""Each subject on a shop small enough to count by hand."""

from __future__ import annotations

import math

import msgspec
import pytest

from lingxi import registry
from lingxi.domain.item import Item
from lingxi.insight.look import FOLDER, TOPICS, advice, charts, look, subjects
from lingxi.insight.picture import About, Rate
from lingxi.insight.subjects import (
    baskets,
    cleaning,
    cold_start,
    funnel,
    missing,
    newcomers,
    popularity,
    prices,
    repeats,
    variety,
    visits,
    volume,
)
from made_picture import DAY, Line, picture

TEA = Item(
    id="tea", title="Tea", category="Drinks > Tea", price=2.0, brand="Leaf", attributes={"category_zh": "饮料 > 茶"}
)
JAM = Item(id="jam", title="Jam", category="Food > Jam")
BARE = Item(id="bare")


@pytest.mark.parametrize("name", registry.names(FOLDER))
def test_a_subject_says_something_of_an_empty_shop_and_draws_nothing(name: str) -> None:
    subject = registry.load(FOLDER, name, "SUBJECT")
    found = subject.measure(picture([]))
    assert all(each.en and each.zh for each in subject.read(found))
    assert subject.read(found)
    assert subject.draw(found) == []
    assert msgspec.json.encode(found)


@pytest.mark.parametrize("name", registry.names(FOLDER))
def test_what_a_subject_says_draws_and_advises_is_in_both_languages(name: str) -> None:
    # given: three weeks of a shop with a bit of everything
    lines = [
        Line(who=who, item=item, kind=kind, day=day, hour=hour, price=1.0 + item, list_price=3.0, order=who * 100 + day)
        for who in range(4)
        for item in range(2)
        for day in (0, 7, 20)
        for hour, kind in ((9, "view"), (10, "add_to_cart"), (11, "purchase"))
    ]
    rules = [Rate(rule="price_zero", effect="marked", events=3, share=0.1, examples=["{}"])]
    shop = picture([*lines, Line(item=2, marks="price_zero", price=0.0)], [TEA, JAM], About(rules=rules))
    subject = registry.load(FOLDER, name, "SUBJECT")
    found = subject.measure(shop)
    sentences = [*subject.read(found), subject.title, subject.asks]
    sentences += [each for chart in subject.draw(found) for each in (chart.title, chart.reading)]
    sentences += [each for advised in subject.advise(found) for each in (advised.do, advised.because)]
    assert all(each.en and any(ord(letter) > 0x2E80 for letter in each.zh) for each in sentences)
    assert subject.draw(found)
    assert {advised.topic for advised in subject.advise(found)} <= set(TOPICS)


def test_subjects_are_shown_in_their_order_and_their_advice_by_topic() -> None:
    orders = [subject.order for _, subject in subjects()]
    assert orders == sorted(set(orders))
    sides = look(picture([Line(day=day) for day in range(60)], [TEA]))
    topics = [TOPICS.index(each.topic) for each in advice(sides)]
    assert topics == sorted(topics)
    assert all(isinstance(charts(side), list) for side in sides)


def test_volume_counts_days_hours_and_what_would_be_held_out() -> None:
    # given: Monday 09:00 twice, Wednesday 20:00; and an impression, which nobody did
    shop = picture(
        [Line(hour=9), Line(hour=9, who=1, kind="view"), Line(day=2, hour=20), Line(kind="impression", day=2)],
        about=About(holdout_days=1),
    )
    found = volume.measure(shop)
    assert (found.events, found.days, found.empty_days, found.first_day) == (4, 3, 1, "2024-01-01")
    assert found.daily == {"purchase": [1, 0, 1], "view": [1, 0, 0], "impression": [0, 0, 1]}
    assert (found.hours[0][9], found.hours[2][20], sum(map(sum, found.hours))) == (2, 1, 3)
    assert (found.held_out_purchases, found.held_out_shoppers) == (1, 1)
    assert "Mon from 9:00 to 10:00: 67" in volume.read(found)[1].en


@pytest.mark.parametrize(
    ("days", "shoppers", "word"), [(20, 600, "Too short"), (80, 5, "more days"), (80, 600, "Split")]
)
def test_the_split_follows_from_days_and_shoppers(days: int, shoppers: int, word: str) -> None:
    lines = [Line(day=0), *(Line(who=who, day=days) for who in range(shoppers))]
    (advised,) = volume.advise(volume.measure(picture(lines)))
    assert advised.topic == "split"
    assert word in advised.do.en


def test_the_funnel_follows_each_pair_in_order() -> None:
    shop = picture(
        [
            # one goes all the way
            Line(who=0, kind="view"),
            Line(who=0, kind="add_to_cart", hour=1),
            Line(who=0, hour=2),
            # one buys without the cart, one puts it into the cart before looking, one only looks, twice
            Line(who=1, kind="click"),
            Line(who=1, hour=3),
            Line(who=2, kind="add_to_cart"),
            Line(who=2, kind="view", hour=1),
            Line(who=3, kind="view"),
            Line(who=3, kind="view", hour=5),
            # one buys what it never looked at
            Line(who=4),
        ]
    )
    found = funnel.measure(shop)
    assert found == funnel.Funnel(viewed=4, carted=1, bought=1, viewed_bought=2, bought_pairs=3, unseen=1)


def test_a_visit_ends_after_half_an_hour() -> None:
    shop = picture([Line(), Line(minute=30), Line(minute=61), Line(who=1), Line(who=1, kind="impression", minute=5)])
    found = visits.measure(shop)
    assert (found.visits, found.shoppers, found.minutes) == (3, 2, 30.0)
    assert found.lengths[:2] == [2, 1]
    assert found.single == pytest.approx(2 / 3)
    assert (found.median_visits, found.median_history) == (1.5, 2.0)


@pytest.mark.parametrize(("acts", "word"), [(40, "long"), (8, "short"), (2, "nearly unknown")])
def test_the_model_follows_from_the_histories(acts: int, word: str) -> None:
    found = visits.measure(picture([Line(day=day) for day in range(acts)]))
    assert word in visits.advise(found)[0].do.en


def test_lines_of_one_order_are_a_basket_and_so_are_those_of_one_time() -> None:
    shop = picture(
        [
            Line(order=7, price=2.0, quantity=3.0),
            Line(order=7, price=1.0, item=1, hour=1),
            Line(price=5.0, item=0, day=1),
            Line(price=None, item=1, day=1),
            Line(who=1, order=7),
        ]
    )
    found = baskets.measure(shop)
    assert (found.baskets, found.lines[:2]) == (3, [1, 2])
    assert found.several == pytest.approx(2 / 3)
    assert found.named == pytest.approx(3 / 5)
    # 2 × 3 + 1, and 5 with an unknown price; the third has no price at all
    assert (found.value_median, sum(found.values)) == (6.0, 2)


def test_repeats_and_their_cycle_by_category() -> None:
    lines = [Line(day=day) for day in (0, 10, 30)] + [Line(item=1, day=30), Line(item=1, who=1, day=30)]
    found = repeats.measure(picture(lines, [TEA, JAM]))
    assert (found.purchases, found.share) == (5, 2 / 5)
    # the last 28 days begin on day 2
    assert (found.recent_purchases, found.recent_share) == (4, 2 / 4)
    assert (found.again, found.cycle_days) == (1 / 3, 15.0)
    assert dict(zip(found.starts, found.cycles, strict=True)) == {1: 0, 2: 0, 4: 0, 8: 1, 15: 1, 29: 0, 57: 0, 113: 0}
    tea, jam = found.categories
    assert (tea.name.en, tea.name.zh, tea.purchases, tea.repeats, tea.cycle_days) == ("Tea", "茶", 3, 0.6667, 15.0)
    assert (jam.name.en, jam.name.zh, jam.repeats, jam.cycle_days) == ("Jam", "Jam", 0.0, None)
    # four whole weeks, counted back from day 30, begin on day 3
    assert found.weekly == [None, 1.0, None, 1 / 3]


@pytest.mark.parametrize(("again", "word"), [(9, "buy again first"), (3, "deserves a row"), (0, "discovery first")])
def test_buy_again_first_where_most_is_bought_again(again: int, word: str) -> None:
    lines = [Line(day=0)] + [Line(day=1 + day) for day in range(again)]
    lines += [Line(item=1 + new, day=1) for new in range(9 - again)]
    (advised,) = repeats.advise(repeats.measure(picture(lines)))
    assert word in advised.do.en


def test_popularity_by_hand() -> None:
    # given: four items that sell 7, 1, 1, 1
    shop = picture([Line(who=who) for who in range(7)] + [Line(item=1 + item) for item in range(3)])
    found = popularity.measure(shop)
    assert (found.sold, found.once) == (4, 3 / 4)
    # Gini of 1, 1, 1, 7: Σ(2i − n − 1)x / (n Σx) = (−3 − 1 + 1 + 21) / 40
    assert found.gini == pytest.approx(18 / 40)
    # a tenth of four items is 0.4 of the best one
    assert found.top_10_percent == pytest.approx(0.4 * 0.7)
    assert found.curve[0] == (0, 0)
    assert found.curve[-1] == (1, 1)


def test_variety_by_hand() -> None:
    # given: a basket of tea and jam, then one of tea alone; and another shopper's jam with an item of no category
    first = [Line(item=0, order=1), Line(item=1, order=1)]
    other = [Line(who=1, item=1, order=9, day=1), Line(who=1, item=2, order=9, day=1)]
    shop = picture([*first, Line(item=0, order=2, day=7), *other], [TEA, JAM, BARE])
    found = variety.measure(shop)
    assert found.baskets == 3
    # the first basket alone has two things of a known category, and they differ
    assert found.diversity == 1.0
    # of five lines two are tea, two jam, one the bare item: 1.32, 1.32 and 2.32 bits; by basket 1.32, 1.32, 1.82
    assert found.novelty == pytest.approx((math.log2(2.5) * 2 + (math.log2(2.5) + math.log2(5)) / 2) / 3, abs=1e-4)
    # tea alone after tea and jam: half of p is met by all of q, half by a hundredth of p
    half = 0.5 * math.log2(0.5 / 0.995) + 0.5 * math.log2(0.5 / 0.005)
    assert found.miscalibration == pytest.approx(half, abs=1e-4)
    assert [advised.topic for advised in variety.advise(found)] == ["surface"]


def test_best_sellers_that_last_and_those_that_do_not() -> None:
    same = popularity.measure(picture([Line(day=7 * week, item=item) for week in range(5) for item in range(100)]))
    lines = [Line(day=7 * week, item=100 * week + item) for week in range(5) for item in range(100)]
    other = popularity.measure(picture(lines))
    assert (same.top, same.kept) == (10, {1: 1.0, 2: 1.0, 3: 1.0})
    assert (other.top, other.kept) == (50, {1: 0.0, 2: 0.0, 3: 0.0})
    assert "slowly" in popularity.advise(same)[0].do.en
    assert "daily" in popularity.advise(other)[0].do.en


def test_newcomers_are_counted_in_the_week_of_their_first_act() -> None:
    # given: two shoppers in the first week, one of them again and a new one in the sixth
    shop = picture([Line(), Line(who=1, item=1, day=6), Line(day=41), Line(who=2, item=2, kind="view", day=41)])
    found = newcomers.measure(shop)
    assert found.first_week == "2024-01-01"
    assert (found.shoppers, found.items) == ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 1])
    assert found.active_shoppers == [2, 0, 0, 0, 0, 2]
    assert (found.recent_shoppers, found.recent_items) == (0.5, 0.5)


def test_prices_paid_and_below_the_list() -> None:
    lines = [
        Line(price=2.0, list_price=4.0),
        Line(price=4.0, list_price=4.0),
        Line(price=0.0),
        Line(price=6.0, item=1),
        Line(price=None),
    ]
    found = prices.measure(picture(lines, [TEA, JAM], About(currency="EUR")))
    assert (found.known, found.free, found.listed) == (4 / 5, 1 / 5, 2 / 5)
    assert (found.median, found.discounted, found.discount) == (3.0, 0.5, 0.5)
    bins = dict(zip(found.names, found.bins, strict=True))
    assert {name: number for name, number in bins.items() if number} == {"0": 1, "2": 2, "5": 1}
    assert [(area.name.en, area.name.zh, area.median) for area in found.areas] == [
        ("Food", "Food", 6.0),
        ("Drinks", "饮料", 2.0),
    ]


def test_missing_fields_by_kind_and_of_items() -> None:
    lines = [Line(given=("user", "price")), Line(given=("session", "query")), Line(kind="view", given=(), item=3)]
    found = missing.measure(picture(lines, [TEA, JAM, BARE]))
    assert found.events["purchase"]["user"] == 0.5
    assert found.events["purchase"]["price"] == 0.5
    assert found.events["purchase"]["query"] == 0.5
    assert found.events["view"]["user"] == 1.0
    assert found.items == {"title": 1 / 3, "category": 1 / 3, "price": 2 / 3, "brand": 2 / 3}
    assert (found.posted, found.stubs) == (3, 1)
    assert {advised.do.en.split()[0] for advised in missing.advise(found)} == {"Post", "Complete"}


def test_cleaning_adds_up_to_what_was_sent() -> None:
    rules = [
        Rate(rule="kind_unknown", effect="held", events=2, share=0.4, examples=[]),
        Rate(rule="price_zero", effect="marked", events=1, share=0.2, examples=[]),
    ]
    shop = picture(
        [Line(marks="price_zero,quantity_extreme"), Line(repairs="time_unit"), Line()], (), About(rules=rules, held=2)
    )
    found = cleaning.measure(shop)
    assert (found.stored, found.marked, found.repaired, found.held) == (3, 1, 1, 2)
    assert "Of 5 events sent 60" in cleaning.read(found)[0].en
    assert cleaning.read(found)[1].en == "Training and live state leave nothing out."
    assert "`kind_unknown` holds the most" in cleaning.advise(found)[0].do.en


def test_what_leaving_out_changes_is_counted_with_and_without() -> None:
    # given: a robot that makes jam the most popular item, a shopper who clicks twice, one sale at no price
    robot = [Line(kind="view", who=7, item=1, minute=n, marks="robot") for n in range(9)]
    people = [Line(kind="view", hour=1), Line(kind="view", hour=1, marks="double_click"), Line(marks="price_zero")]
    items = [Item(id=f"item-{n}", category="Food") for n in range(30)]
    others = [Line(kind="view", who=2, item=n, day=1, hour=n % 24) for n in range(2, 30) for _ in range(2)]
    shop = picture([*robot, *people, *others], items, About(leave_out=("double_click", "robot", "test_order")))
    # when
    found = cleaning.measure(shop).left_out
    # then
    assert found.marks == {"double_click": 1, "robot": 9, "test_order": 0}
    assert (found.events, found.shoppers) == (10, (3, 2))
    assert found.kinds == {"view": (67, 57), "purchase": (1, 1)}
    assert found.popular == (20, 19), "jam is gone"
    said = cleaning.read(cleaning.measure(shop))
    assert "leave out 10 of them (double_click 1, robot 9, test_order 0)" in said[1].en
    assert "15\N{NO-BREAK SPACE}% of view; 1 of 3 shoppers did nothing else, and 1 of the 20" in said[2].en


def test_cold_start_by_what_was_known_before_each_purchase() -> None:
    # given: one shopper who bought tea on six days; later that one and a new one buy tea, and jam for the first time
    lines = [Line(day=day) for day in range(6)]
    lines += [Line(day=60, hour=1), Line(day=60, who=1, hour=2), Line(day=60, who=1, item=1, hour=3)]
    found = cold_start.measure(picture(lines, [TEA, JAM, BARE]))
    assert found.purchases == 3
    assert found.by_shopper == [1, 1, 1, 0, 0]
    assert found.by_item == [1, 0, 2, 0, 0]
    assert (found.cold_shoppers, found.cold_items, found.first_items) == (2 / 3, 1 / 3, 1 / 3)
    assert (found.posted, found.never_sold) == (3, 1 / 3)
    assert "nearly unknown" in cold_start.advise(found)[0].do.en


def test_recent_means_the_last_four_weeks_to_the_microsecond() -> None:
    shop = picture([Line(day=0), Line(day=0, minute=1), Line(day=28)])
    assert shop.until - shop.recent()["at"][0] <= 28 * DAY
    assert len(shop.recent()) == 2
