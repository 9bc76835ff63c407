"""The OpenAPI document, made from what each route says of itself (`Doc`) and from the domain structs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct

import lingxi
from lingxi.api.doc import KEY, Doc, Problem, plain

Json = dict[str, Any]
REFERENCE: Final = "#/components/schemas/{name}"
ABOUT: Final = (
    "Send what shoppers do, ask what to show next. Every acknowledged event is on disk and is known to the next slate. "
    "Times are microseconds since 1970 in UTC; other units and ISO 8601 are understood in events."
)


def operations(routes: Sequence[Any]) -> Iterator[tuple[str, str, HTTPRouteHandler, Doc]]:
    """Each documented operation as (path, method, handler, documentation)."""
    for route in routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            doc = handler.opt.get(KEY)
            if isinstance(doc, Doc):
                for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                    yield plain(route.path), method.lower(), handler, doc


def document(routes: Sequence[Any]) -> Json:
    """The OpenAPI 3.1 document of these routes."""
    found = list(operations(routes))
    types = [t for _, _, _, doc in found for t in (doc.body, doc.answer, doc.query) if t is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=REFERENCE)
    of: dict[str, Json] = {str(t): schema for t, schema in zip([*types, Problem], schemas, strict=True)}
    paths: dict[str, Json] = {}
    for path, method, handler, doc in sorted(found, key=lambda each: each[:2]):
        paths.setdefault(path, {})[method] = _operation(path, handler, doc, of, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lingxi", "version": lingxi.__version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer lx_…"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Lingxi-Key"},
            },
        },
        "security": [{"bearer": []}, {"header": []}, {}],
    }


def _operation(path: str, handler: HTTPRouteHandler, doc: Doc, of: dict[str, Json], components: Json) -> Json:
    """One operation."""
    found: Json = {
        "operationId": handler.handler_name,
        "summary": doc.summary,
        "tags": [doc.tag],
        "responses": {"200": _answer(doc, of), **{str(s): _problem(s) for s in sorted(_errors(doc))}},
    }
    if doc.text:
        found["description"] = doc.text
    if parameters := [*_path_parameters(path, doc), *_query_parameters(doc, components)]:
        found["parameters"] = parameters
    if doc.body is not None:
        found["requestBody"] = _body(doc, of)
    if doc.open:
        found["security"] = []
    else:
        found["x-scopes"] = sorted({*doc.scopes, "admin"})
        found["description"] = f"{doc.text} Scope: {' or '.join(found['x-scopes'])}.".strip()
    return found


def _errors(doc: Doc) -> set[int]:
    return {*doc.errors, 500} if doc.open else {*doc.errors, 401, 403, 422, 500}


def _body(doc: Doc, of: dict[str, Json]) -> Json:
    content: Json = {"application/json": {"schema": of[str(doc.body)], "example": doc.example}}
    if doc.ndjson:
        lines = "\n".join(msgspec.json.encode(each).decode() for each in doc.example)
        content["application/x-ndjson"] = {"schema": {"type": "string"}, "example": lines}
    return {"required": True, "content": content}


def _answer(doc: Doc, of: dict[str, Json]) -> Json:
    content: Json = {"schema": of[str(doc.answer)] if doc.answer is not None else {"type": "string"}}
    if doc.answered is not None:
        content["example"] = doc.answered
    return {"description": "OK", "content": {doc.media_type: content}}


def _problem(status: int) -> Json:
    schema = {"$ref": REFERENCE.format(name="Problem")}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {"schema": schema}}}


def _path_parameters(path: str, doc: Doc) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        said = doc.path.get(name, "")
        yield {"name": name, "in": "path", "required": True, "description": said, "schema": {"type": "string"}}


def _query_parameters(doc: Doc, components: Json) -> Iterator[Json]:
    if doc.query is None:
        return
    schema: type[Struct] = doc.query
    for name, property_ in components[schema.__name__]["properties"].items():
        inner = {key: value for key, value in property_.items() if key != "description"}
        yield {"name": name, "in": "query", "description": property_.get("description", ""), "schema": inner}
