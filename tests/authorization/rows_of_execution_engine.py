"""Stack 3: runs, orders, positions, profit and loss, the live feed."""

from tests.authorization.answers import (
    DONE,
    DONE_WITHOUT,
    OWN_THINGS,
    OWNER_ONLY,
    Row,
    each,
)

# A filter only narrows what is one's own: somebody else's finds nothing.
_FILTERED = Row().but(own=DONE, foreign=DONE_WITHOUT, published=DONE_WITHOUT, missing=DONE_WITHOUT)

ROWS: dict[str, Row | tuple[Row, ...]] = {
    "executeStrategy": OWNER_ONLY,
    "listStrategyExecutions": OWNER_ONLY.showing("execution_id"),
    "getExecution": OWNER_ONLY.showing("order_id"),
    "cancelExecution": OWNER_ONLY.where_own("409 NOT_PENDING"),
    "listOrders": (
        OWN_THINGS.showing("order_id"),
        _FILTERED.but(published=each(DONE_WITHOUT, owner=DONE))
        .showing("order_id")
        .asking(query="strategy_id={strategy_id}"),
        _FILTERED.showing("order_id").asking(query="client_id={client_id}"),
    ),
    "listLiveOrders": OWN_THINGS,
    "getOrder": OWNER_ONLY.showing("order_id"),
    "cancelOrder": OWNER_ONLY.where_own("409 ORDER_SETTLED"),
    "listPositions": OWN_THINGS.showing("position_id"),
    "listLivePositions": OWN_THINGS.showing("position_id"),
    "getPositions": OWNER_ONLY.showing("position_id").asking(
        alternatives={"id": ("position_id", "strategy_id")}
    ),
    "getPnl": OWN_THINGS.showing("strategy_id"),
    "getStrategyPnl": OWNER_ONLY.showing("strategy_id"),
    "getDashboard": OWN_THINGS,
    "createLiveTicket": OWN_THINGS,
}
