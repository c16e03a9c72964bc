"""What may be asked of orders; how they look is in `shared_utils.api.order_shapes`."""

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from shared_utils.api.paging import PageQuery
from shared_utils.api.wire_types import ClientId

StrategyId = Annotated[str, StringConstraints(pattern=r"^stg_[0-9A-Z]{26}$")]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]


class OrdersQuery(PageQuery):
    """One of the filters at most; without any, all my orders."""

    strategy_id: StrategyId | None = None
    symbol: Symbol | None = None
    client_id: Annotated[ClientId, BeforeValidator(str)] | None = None
