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
    ] = 50_000
    recall: Annotated[
        float,
        Meta(ge=0.5, le=0.999, description="the share of the exact 200 that an index must find, filtered or not"),
    ] = 0.98
    memory_mb: Annotated[int, Meta(ge=1, description="what an index may take, beside the vectors themselves")] = 2_048


class Reached(Struct, frozen=True):
    """Where a filter keeps a `share` of the rows, `effort` finds `recall` of the exact 200, in `ms` a query."""

    share: float
    effort: int
    recall: float
    ms: float


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An index of `rows` vectors, `width` numbers each, as it was built.

    `reached` are the least efforts that find enough, from all rows allowed down to a tenth of them, measured on
    `queries` encoded histories of the bundle, by one thread; `recall` is the least of theirs, `exact_ms` what the whole
    product took in the same run. `fingerprint` is that of the vectors. `refused` rows have no finite vector: nobody
    finds them. `note` says why there is no index where there could be one.
    """

    kind: str
    rows: int = 0
    width: int = 0
    reached: tuple[Reached, ...] = ()
    recall: float = 1.0
    queries: int = 0
    exact_ms: float = 0.0
    seconds: float = 0.0
    bytes: int = 0
    fingerprint: str = ""
    refused: int = 0
    note: str = ""
