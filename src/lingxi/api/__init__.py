"""The HTTP interface: one file for each resource."""

from lingxi.api.application import create_app
from lingxi.api.server import serve

__all__ = ["create_app", "serve"]
