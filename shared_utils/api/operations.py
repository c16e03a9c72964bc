"""Each route of the platform is declared once, here: what serves it also documents it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shared_utils.domain.errors import DomainError

Handler = TypeVar("Handler", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`request` is the body's model and `query` that of the query string; at most one is set.

    `function(context)` or `function(context, parsed)` returns an instance of `response`, None
    where `response` is None, or an `Answer`. `errors` are the branches of the error tree that the
    document names beside those every operation has.
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


class Operations:
    """The routes of one package, in the order of their declaration."""

    def __init__(self) -> None:
        self._declared: list[Operation] = []

    @property
    def declared(self) -> Sequence[Operation]:
        return tuple(self._declared)

    def operation(
        self,
        method: str,
        path: str,
        *,
        operation_id: str,
        tag: str,
        request: Any = None,
        query: Any = None,
        response: Any = None,
        status: int = 200,
        idempotent: bool = False,
        public: bool = False,
        errors: tuple[type[DomainError], ...] = (),
        example: Any = None,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as the one that serves `method path`.

        Its docstring's first line is the operation's summary. Raises ValueError on a second
        declaration of the same route or operation id.
        """
        if request is not None and query is not None:
            raise ValueError(f"{operation_id} may have a body or a query, not both")

        def declare(function: Handler) -> Handler:
            self._refuse_a_second(method, path, operation_id)
            self._declared.append(
                Operation(
                    method=method,
                    path=path,
                    operation_id=operation_id,
                    function=function,
                    request=request,
                    query=query,
                    response=response,
                    status=status,
                    idempotent=idempotent,
                    public=public,
                    errors=errors,
                    tag=tag,
                    summary=(function.__doc__ or "").strip().partition("\n")[0],
                    example=example,
                )
            )
            return function

        return declare

    def _refuse_a_second(self, method: str, path: str, operation_id: str) -> None:
        for known in self._declared:
            if (known.method, known.path) == (method, path) or known.operation_id == operation_id:
                raise ValueError(f"{operation_id} ({method} {path}) is declared already")
