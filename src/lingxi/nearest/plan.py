"""What an index is to be, and what it became: the first are settings, the second stands in the manifest."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

EXACT: Final = "exact"
AUTO: Final = "auto"


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the nearest items are found."""

    kind: Annotated[
        str,
        Meta(description="the kind of index (a file in lingxi/nearest/kinds), exact for none, or auto"),
    ] = AUTO
    exact_items: Annotated[
        int, Meta(ge=0, description="up to so many items all of them are compared: no index is quicker")
    ] = 100_000
    recall: Annotated[
        float,
        Meta(ge=0.5, le=0.999, description="the share of the exact 200 that an index must find, filtered or not"),
    ] = 0.98
    memory_mb: Annotated[int, Meta(ge=1, description="what an index may take, beside the vectors themselves")] = 2_048


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An index of `rows` vectors, `width` numbers each, as it was built.

    `effort` reaches `recall` (of the exact 200) among all rows, `effort_filtered` reaches `recall_filtered` where a
    filter keeps a tenth; both were measured on `queries` encoded histories of the bundle. `ms` a query, of one thread,
    beside `exact_ms` of the whole product in the same run. `fingerprint` is that of the vectors. `refused` rows have no
    finite vector: they are found by nobody. `note` says why it is of this kind.
    """

    kind: str
    rows: int = 0
    width: int = 0
    effort: int = 0
    effort_filtered: int = 0
    recall: float = 1.0
    recall_filtered: float = 1.0
    queries: int = 0
    ms: float = 0.0
    ms_filtered: float = 0.0
    exact_ms: float = 0.0
    seconds: float = 0.0
    bytes: int = 0
    fingerprint: str = ""
    refused: int = 0
    note: str = ""
