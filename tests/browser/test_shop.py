"""A visit to the shop, in Chromium, against a real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect


def picks(page: Page) -> list[str]:
    """The items of the home page's picks, in order."""
    found: list[str] = page.locator("#picks .card").evaluate_all("cards => cards.map(card => card.dataset.item)")
    return found


def go_home(page: Page) -> list[str]:
    """Opens the home page and reads its picks."""
    page.goto("/")
    expect(page.locator("#picks .card").first).to_be_visible()
    return picks(page)


def look_at(page: Page, item: str) -> None:
    """Opens a product and waits until the panel tells of it."""
    page.goto(f"/shop/item/{item}")
    expect(page.locator("#last .steps li")).to_have_count(3)


def become(page: Page, household: str) -> None:
    """Chooses a household in the dialog."""
    page.locator("#who").click()
    page.locator(".shopper", has_text=household).click()
    expect(page.locator("#who")).to_contain_text(household)
    expect(page.locator("#row-buy_again .card").first).to_be_visible()


def test_a_guest_gets_a_full_home_page_with_reasons(page: Page) -> None:
    # Given a shop without a model, when a guest comes in
    shown = go_home(page)
    # Then twenty different products are there, each with a name, a price and a reason
    assert len(shown) == len(set(shown)) == 20
    cards = page.locator("#picks .card")
    for part in (".card-title", ".price", ".reason"):
        assert all(text.strip() for text in cards.locator(part).all_inner_texts())
        assert cards.locator(part).count() == 20
    # And the page claims nothing of data that nobody imported
    expect(page.locator(".hero small")).to_have_text("From this shop's own log")
    expect(page.locator("#data")).to_have_text("Chosen from this shop's own log.")


@pytest.mark.parametrize("simulated", [True, False])
def test_the_page_says_of_its_data_what_the_receipt_of_the_import_says(page: Page, simulated: bool) -> None:
    # Given a shop into which data were imported that are simulated, or are not
    about = {"about": "The shop's own files: sales.csv.", "about_zh": "店铺自己的文件：sales.csv。"}
    receipt = {**about, "simulated": simulated, "shift_days": 1421}

    def with_receipt(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "data": receipt})

    page.route("**/v1/shop", with_receipt)
    # When a guest comes in, and reads the page in both languages
    go_home(page)
    page.locator("#who").click()
    expect(page.locator("#shoppers-list .shopper").first).to_be_visible()
    for tongue, claims, own, shifted in (
        ("English", "imulated from real grocery", "own files", "1,421 days"),
        ("中文", "模拟生成", "自己的文件", "1,421 天"),
    ):
        if tongue == "中文":
            page.keyboard.press("Escape")
            page.get_by_role("button", name=tongue).click()
        # Then the claim stands wherever it stood, or nowhere
        expect(page.locator("#data")).to_contain_text(claims if simulated else own)
        expect(page.locator("#data")).to_contain_text(shifted)
        for place in (".hero small", "#data", "#shoppers"):
            found = expect(page.locator(place))
            (found.to_contain_text if simulated else found.not_to_contain_text)(claims)


def test_prices_are_written_in_the_currency_of_the_shop(page: Page) -> None:
    # Given a shop that sells in euros
    page.route("**/v1/shop", lambda route: route.fulfill(json={**route.fetch().json(), "currency": "EUR"}))
    # When a guest comes in
    go_home(page)
    # Then every price is one of euros, in Chinese too
    prices = page.locator("#picks .price")
    assert all(each.startswith("€") for each in prices.all_inner_texts())
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="中文")).to_have_attribute("aria-pressed", "true")
    assert all("€" in each for each in prices.all_inner_texts())


def test_a_click_changes_the_home_page_and_the_panel_says_how(page: Page) -> None:
    # Given a guest's home page
    before = go_home(page)
    # When the guest opens one of its last picks
    chosen = page.locator("#picks .card").last
    title = chosen.locator(".card-title").inner_text()
    chosen.locator("a").click()
    expect(page.locator(".product h1")).to_have_text(title)
    # Then the panel tells: stored, chosen, moved, each with its figure, and why
    expect(page.locator("#last .did")).to_contain_text(title)
    steps = page.locator("#last .steps li")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("ms")
    expect(steps.nth(1)).to_contain_text("ms")
    expect(page.locator("#moved .moves li").first.locator("small")).not_to_be_empty()
    # And the home page is another
    page.get_by_role("link", name="Lingxi 灵犀, home").click()
    expect(page.locator("#picks .card")).to_have_count(20)
    assert picks(page) != before


def test_a_product_page_shows_what_is_like_it_and_what_is_bought_with_it(page: Page) -> None:
    # Given a product that many buy together with two others, when a guest opens it
    look_at(page, "item-16")
    # Then what is bought with it is there, and never the product itself
    together = page.locator("#row-bought_together .card")
    expect(together.first).to_be_visible()
    items = together.evaluate_all("cards => cards.map(card => card.dataset.item)")
    assert {"item-20", "item-13"} <= set(items)
    assert "item-16" not in items
    expect(page.locator("#row-similar .card").first).to_be_visible()


def test_the_cart_offers_add_ons_and_takes_an_order(page: Page) -> None:
    # Given a product in the cart
    look_at(page, "item-16")
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.locator("#count")).to_have_text("1")
    # When the guest opens the cart
    page.locator("#cart").click()
    # Then add-ons stand beside it, without what is in it
    addons = page.locator("#row-cart .card")
    expect(addons.first).to_be_visible()
    items = addons.evaluate_all("cards => cards.map(card => card.dataset.item)")
    assert "item-16" not in items
    # And one of them can be added, and all of it ordered
    addons.first.locator(".add").click()
    expect(page.locator("#count")).to_have_text("2")
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("h1", has_text="Thank you")).to_be_visible()
    expect(page.locator("#count")).to_have_text("0")


def test_the_language_is_switched_and_remembered(page: Page) -> None:
    # Given the shop in English
    go_home(page)
    # When the guest chooses Chinese
    page.get_by_role("button", name="中文").click()
    # Then names, reasons and the notice are Chinese, and so is the page's language
    expect(page.locator("#picks .card-title").first).to_contain_text("商品")
    expect(page.locator("#cart")).to_contain_text("购物车")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    # And it stays so on the next visit
    page.reload()
    expect(page.locator(".hero h1")).to_contain_text("欢迎")


def test_a_household_finds_what_it_buys_again(page: Page) -> None:
    # Given a guest, when they shop as Anna, who cooks pasta every week
    go_home(page)
    become(page, "anna")
    again = page.locator("#row-buy_again .card")
    anna = again.evaluate_all("cards => cards.map(card => card.dataset.item)")
    # Then her pasta is there; and Bo finds his breakfast instead
    assert set(anna) >= {"item-16", "item-20", "item-13"}
    become(page, "bo")
    bo = again.evaluate_all("cards => cards.map(card => card.dataset.item)")
    assert set(bo) >= {"item-0", "item-4", "item-8"}
    # And the choice outlives the visit
    page.reload()
    expect(page.locator(".hero h1")).to_contain_text("bo")


def test_what_is_dismissed_stays_away(page: Page) -> None:
    # Given a guest's home page
    first = go_home(page)[0]
    # When they say that they do not want its first pick
    card = page.locator("#picks .card").first
    card.hover()
    card.get_by_role("button", name="Not interested").click()
    expect(page.locator("#last .did")).to_contain_text("Not interested in")
    # Then it is gone, and the next home page is full without it
    assert first not in picks(page)
    shown = go_home(page)
    assert first not in shown
    assert len(shown) == 20


def test_every_slate_can_be_explained(page: Page) -> None:
    # Given the story of a click
    look_at(page, "item-16")
    # When its whole account is opened
    href = page.get_by_role("link", name="The whole account of this slate").get_attribute("href")
    answer = page.request.get(str(href))
    # Then the server tells of the same slate
    assert answer.ok
    assert str(href).rsplit("/", 1)[-1] in answer.text()


def test_aisles_lead_to_categories_and_their_products(page: Page) -> None:
    # Given the aisles, when the guest walks to the dairy and its cheese
    go_home(page)
    page.locator("#aisles").get_by_role("link", name="Dairy & eggs").click()
    page.locator(".tile", has_text="Cheese").click()
    # Then the four cheeses are on the shelf, and picks of this category above it
    expect(page.locator("#shelf .card")).to_have_count(4)
    expect(page.locator("#shelf")).to_contain_text("Cheddar")
    expect(page.locator("#row-home .card").first).to_be_visible()


def test_impressions_and_clicks_name_their_slate(page: Page) -> None:
    # Given what the page sends
    sent: list[dict[str, object]] = []
    page.on("request", lambda request: sent.extend(request.post_data_json) if "/v1/events" in request.url else None)
    # When a guest sees the home page and clicks its second pick
    with page.expect_request("**/v1/events"):
        go_home(page)
    slate = page.locator("#picks .card").nth(1).get_attribute("data-request")
    page.locator("#picks .card a").nth(1).click()
    expect(page.locator("#last .steps li")).to_have_count(3)
    # Then impressions and the click name the slate, the place and the position
    seen = [event for event in sent if event["kind"] == "impression" and event["place"] == "home"]
    assert seen
    clicked = next(event for event in sent if event["kind"] == "click")
    assert (clicked["request"], clicked["position"], clicked["place"]) == (slate, 1, "home")


def test_a_phone_shows_the_same_shop(phone: Page) -> None:
    # Given a narrow page
    go_home(phone)
    # Then nothing is wider than it, and the panel is a sheet that opens
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    grip = phone.locator(".grip")
    expect(phone.locator("#story-body")).to_be_hidden()
    grip.click()
    expect(phone.locator("#model")).to_be_visible()
    expect(grip).to_have_attribute("aria-expanded", "true")


def test_the_keyboard_reaches_the_shelves(page: Page) -> None:
    # Given the home page, when a shopper uses the keyboard alone
    go_home(page)
    page.locator("body").press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    # Then the skip link leads to the shelves, and the next stop is a product
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    # And every button and link has a name
    nameless = page.locator("button, a").evaluate_all(
        "all => all.filter(each => !(each.ariaLabel || each.textContent.trim())).map(each => each.outerHTML)"
    )
    assert nameless == []


def test_an_address_that_names_nothing_says_so(page: Page) -> None:
    page.goto("/shop/nowhere")
    expect(page.get_by_role("heading", name="There is no such shelf.")).to_be_visible()


def test_a_shop_that_does_not_answer_is_asked_again(browser: Browser, address: str) -> None:
    # Given a guest who comes while the server cannot answer
    page = browser.new_page(base_url=address, locale="en-GB")
    page.route("**/v1/recommend/**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("The shop does not answer")
    # When it answers again
    page.unroute("**/v1/recommend/**")
    # Then the shelves fill by themselves
    expect(page.locator("#picks .card")).to_have_count(20, timeout=15_000)
    page.close()
