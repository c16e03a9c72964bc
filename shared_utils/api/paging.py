"""Lists come in pages: at most `limit` items and an opaque `cursor` for the rest."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import Field

from shared_utils.api.wire_types import RequestModel, ResponseModel, WholeNumber

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

Item = TypeVar("Item")
Model = TypeVar("Model", bound="PageResponse[Any]")


class PageQuery(RequestModel):
    """`cursor` is the previous page's; leave it out for the first page."""

    limit: Annotated[WholeNumber, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(min_length=1, max_length=2048)] | None = None


class PageResponse(ResponseModel, Generic[Item]):
    """`cursor` is null on the last page."""

    items: list[Item]
    cursor: str | None = None


class StoredPage(Protocol):
    """A page as `storage` hands it out."""

    @property
    def items(self) -> Sequence[Any]: ...
    @property
    def cursor(self) -> str | None: ...


def page_of(model: type[Model], page: StoredPage, convert: Callable[[Any], Any]) -> Model:
    """The stored page as its response model, each item converted."""
    return model(items=[convert(item) for item in page.items], cursor=page.cursor)
