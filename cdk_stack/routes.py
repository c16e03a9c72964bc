"""One route of a REST API and the function that serves it."""

from dataclasses import dataclass

from cdk_stack.function_specs import FunctionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`public` routes need no token: signing in, and a broker's redirect back to us."""

    method: str
    path: str
    function: FunctionSpec
    public: bool = False


def routes_of(function: FunctionSpec, *lines: str, public: bool = False) -> tuple[Route, ...]:
    """Routes from lines such as `GET /options/baskets`."""
    return tuple(
        Route(method=method, path=path, function=function, public=public)
        for method, path in (line.split() for line in lines)
    )
