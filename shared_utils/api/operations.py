"""Each route of the platform is declared once, here: what serves it also documents it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Required, TypedDict, TypeVar, Unpack

from shared_utils.domain.errors import DomainError

Handler = TypeVar("Handler", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`request` is the body's model and `query` that of the query string; at most one is set.

    `function(context)` or `function(context, parsed)` returns an instance of `response`, None
    where `response` is None, or an `Answer`. `errors` are the branches of the error tree that the
    document names beside those every operation has. `shows_page`: a browser that asks for
    `text/html` gets the same answers as a small page.
    """

    method: str
    path: str
    operation_id: str
    function: Callable[..., object]
    request: Any = None
    query: Any = None
    response: Any = None
    status: int = 200
    idempotent: bool = False
    public: bool = False
    shows_page: bool = False
    errors: tuple[type[DomainError], ...] = ()
    tag: str = ""
    summary: str = ""
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """For the few routes that answer more than a model: another status, a header."""

    body: object = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Declaration(TypedDict, total=False):
    """What a route's decorator says of it; the defaults and the meanings are `Operation`'s."""

    operation_id: Required[str]
    tag: Required[str]
    request: Any
    query: Any
    response: Any
    status: int
    idempotent: bool
    public: bool
    shows_page: bool
    errors: tuple[type[DomainError], ...]
    example: Any


class Operations:
    """The routes of one package, in the order of their declaration."""

    def __init__(self) -> None:
        self._declared: list[Operation] = []

    @property
    def declared(self) -> Sequence[Operation]:
        return tuple(self._declared)

    def operation(
        self, method: str, path: str, **said: Unpack[Declaration]
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as the one that serves `method path`.

        Its docstring's first line is the operation's summary. Raises ValueError on a second
        declaration of the same route or operation id, and where both a body and a query are said.
        """
        if said.get("request") is not None and said.get("query") is not None:
            raise ValueError(f"{said['operation_id']} may have a body or a query, not both")

        def declare(function: Handler) -> Handler:
            summary = (function.__doc__ or "").strip().partition("\n")[0]
            self._add(
                Operation(method=method, path=path, function=function, summary=summary, **said)
            )
            return function

        return declare

    def _add(self, new: Operation) -> None:
        for known in self._declared:
            same_route = (known.method, known.path) == (new.method, new.path)
            if same_route or known.operation_id == new.operation_id:
                raise ValueError(
                    f"{new.operation_id} ({new.method} {new.path}) is declared already"
                )
        self._declared.append(new)
