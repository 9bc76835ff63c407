"""The storefront's routes: one page for every address of the shop, and its static files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

HERE = Path(__file__).parent
STATIC = HERE / "static"

# A page of the shop runs its own scripts and styles and asks its own origin; nothing else can be loaded into it.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


@cache
def modules() -> tuple[str, ...]:
    """The storefront's ES modules, by path under `static/js`, for the import map."""
    return tuple(sorted(file.relative_to(STATIC / "js").as_posix() for file in (STATIC / "js").rglob("*.js")))


@cache
def render() -> str:
    """The page, as HTML. It is the same for every address: the script reads the address."""
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
    return pages.get_template("shop.html").render(modules=modules())


def page() -> Response[str]:
    headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
    return Response(render(), media_type=MediaType.HTML, headers=headers)


@get("/", include_in_schema=False, sync_to_thread=False)
def front() -> Response[str]:
    """The shop's home."""
    return page()


@get("/shop/{address:path}", include_in_schema=False, sync_to_thread=False)
def shop(address: str) -> Response[str]:  # noqa: ARG001 (Litestar passes the path by this name)
    """Every other page of the shop."""
    return page()


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def favicon() -> Response[bytes]:
    """The seal."""
    return Response((STATIC / "seal.svg").read_bytes(), media_type="image/svg+xml")


def routes() -> list[Any]:
    """Litestar route handlers of the storefront: `/`, `/shop/…`, `/static/…`, `/favicon.ico`."""
    # Modules import each other by plain names, so a browser must ask whether each is still fresh after an upgrade.
    fresh = CacheControlHeader(no_cache=True)
    files = create_static_files_router("/static", [STATIC], cache_control=fresh, include_in_schema=False)
    return [front, shop, favicon, files]
