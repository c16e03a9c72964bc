"""Who is asking, as the Cognito authorizer vouches for it. Nothing in a body or path says who."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ADMIN_GROUP = "admin"
ID_TOKEN = "id"  # noqa: S105 - a kind of token, not one


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    user_id: str
    email: str
    name: str
    is_admin: bool


def principal_of(event: Mapping[str, Any]) -> Principal | None:
    """The caller of an API Gateway proxy event; None where the route has no authorizer.

    Only an ID token says who somebody is to us: an access token, meant for Cognito's own API, is
    nobody's (the authorizer itself refuses it where a route asks for no scopes).
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    user_id = claims.get("sub")
    if not user_id or claims.get("token_use", ID_TOKEN) != ID_TOKEN:
        return None
    email = claims.get("email", "")
    return Principal(
        user_id=user_id,
        email=email,
        name=claims.get("name") or email.partition("@")[0] or user_id,
        is_admin=ADMIN_GROUP in _groups(claims.get("cognito:groups", "")),
    )


def _groups(claim: object) -> frozenset[str]:
    """API Gateway flattens the token's list into a text, `a,b` or `[a b]`."""
    if isinstance(claim, list):
        return frozenset(str(group) for group in claim)
    words = str(claim).strip("[]").replace(",", " ").split()
    return frozenset(word.strip("\"'") for word in words)
