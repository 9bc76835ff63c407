"""The storefront: pages that speak to the public HTTP API of their own origin, and nothing else."""

from lingxi.web.pages import routes

__all__ = ["routes"]
