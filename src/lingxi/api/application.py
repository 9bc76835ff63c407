"""The application: all routes, the errors, the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from lingxi.api import (
    categories,
    docs,
    events,
    health,
    items,
    metrics,
    models,
    problems,
    recommend,
    rules,
    shop,
    slates,
    users,
)
from lingxi.api.door import Door
from lingxi.api.measure import Measured
from lingxi.api.short_way import ShortWay
from lingxi.api.tracing import traced
from lingxi.app import Home
from lingxi.domain.errors import LingxiError

ROUTES: list[Any] = [
    events.send_events,
    items.send_items,
    items.change_items,
    items.list_items,
    items.show_item,
    categories.list_categories,
    users.send_users,
    users.change_users,
    users.list_users,
    users.show_user,
    users.forget_user,
    users.show_erasure,
    recommend.recommend,
    recommend.recommend_for,
    slates.explain,
    models.list_models,
    models.show_model,
    models.report,
    models.promote,
    models.rollback,
    rules.show_rules,
    rules.set_rules,
    rules.list_versions,
    rules.roll_back_rules,
    rules.try_rules,
    shop.show_shop,
    health.live,
    health.ready,
    metrics.metrics,
    docs.openapi,
    docs.page,
]


def create_app(home: Home, extra: Sequence[Any] = ()) -> Measured:
    """The ASGI application that serves the shops of a home; `extra` are more routes (the shop's own pages)."""
    door = Door(home)
    app = Litestar(
        [*ROUTES, *extra],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        exception_handlers={
            LingxiError: problems.lingxi,
            HTTPException: problems.http,
            Exception: problems.unexpected,
        },
        state=State({"home": home, "door": door}),
    )
    logs = home.settings.logs
    measured = Measured(traced(ShortWay(app, door), wanted=logs.traces), every=logs.requests)
    app.state["measured"] = measured
    return measured
