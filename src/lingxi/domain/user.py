"""Who shops."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from lingxi.domain.event import Id, Scalar


class Trait(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing known of a shopper; a sensitive one is never a feature unless the shop says so."""

    value: Scalar
    sensitive: bool = False


Traits = Annotated[dict[Id, Trait], Meta(max_length=64)]


class User(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a shopper, whole."""

    id: Id
    name: Annotated[str, Meta(max_length=256)] = ""
    traits: Traits = {}


class UserDelta(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What changes in a shopper who exists; traits are replaced one by one, not as a whole."""

    id: Id
    name: Annotated[str, Meta(max_length=256)] | UnsetType = UNSET
    traits: Traits | UnsetType = UNSET
