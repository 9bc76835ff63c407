"""The one tree of errors: each names the thing, the place and the remedy."""

from __future__ import annotations


class LingxiError(Exception):
    """The root. `what` went wrong, `where`, and the `remedy` that puts it right.

    `status` is the HTTP status that the error answers with; `code` names its kind in problem+json.
    """

    status = 500
    code = "internal"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}{remedy}"


class Invalid(LingxiError):
    """The input breaks a rule: a wrong type, a missing field, an impossible value."""

    status = 422
    code = "invalid"


class Malformed(Invalid):
    """The input cannot be read at all: not JSON, nested too deep."""

    status = 400
    code = "malformed"


class TooLarge(Invalid):
    """The input is over a documented limit."""

    status = 413
    code = "too-large"


class Unknown(LingxiError):
    """A name that does not exist; the remedy lists the nearest names that do."""

    status = 404
    code = "unknown"


class Refused(LingxiError):
    """A rule of the shop forbids it: a gate, a foreign bundle, an address beyond loopback without a key."""

    status = 409
    code = "refused"


class Unauthorized(LingxiError):
    """No key, or one that is not valid."""

    status = 401
    code = "unauthorized"


class Forbidden(LingxiError):
    """A valid key that may do other things."""

    status = 403
    code = "forbidden"


class Unavailable(LingxiError):
    """It cannot be done now and may be done later: a full disk, a locked database, a draining server."""

    status = 503
    code = "unavailable"


class Incompatible(LingxiError):
    """Stored data of another format: a newer database, a bundle of another version."""

    status = 500
    code = "incompatible"


class NotEnoughData(LingxiError):
    """Too little in the log to learn from; the remedy says what is missing."""

    status = 409
    code = "not-enough-data"
