"""What a route's function gets to know about its request, beside the parsed body or query."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared_utils.api.errors import Unauthenticated
from shared_utils.api.principals import Principal
from shared_utils.domain.ids import KIND_NAMES, Kind, require_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """`path` holds the decoded path parameters, `headers` lower-case names."""

    request_id: str
    path: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Principal | None

    @property
    def principal(self) -> Principal:
        """The signed-in caller; Unauthenticated where there is none."""
        if self.caller is None:
            raise Unauthenticated("Sign in first: this needs a valid token.")
        return self.caller

    def id_of(self, kind: Kind) -> str:
        """The path's id of this kind (`basket_id`); NotFound when it is an id of something else."""
        return require_kind(self.path[path_parameter(kind)], kind)


def path_parameter(kind: Kind) -> str:
    return f"{KIND_NAMES[kind].split()[-1]}_id"
