"""What a trader reads of his orders."""

from dataclasses import dataclass

from shared_utils.domain.errors import InvalidInput, NotFound, Problem
from shared_utils.domain.orders import Order
from shared_utils.storage.orders import Orders
from shared_utils.storage.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """At most one of them is set."""

    strategy_id: str | None = None
    symbol: str | None = None
    client_id: str | None = None

    def require_one_at_most(self) -> None:
        given = {
            "strategy_id": self.strategy_id,
            "symbol": self.symbol,
            "client_id": self.client_id,
        }
        names = [name for name, value in given.items() if value is not None]
        if len(names) > 1:
            raise InvalidInput(
                f"Filter orders by one thing at a time, not by {' and '.join(names)}.",
                details=[Problem(name, "cannot be combined") for name in names],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQueries:
    orders: Orders

    def page(
        self, user_id: str, wanted: OrderFilter, limit: int, cursor: str | None
    ) -> Page[Order]:
        """The user's own orders, latest first. Raises InvalidInput for more than one filter."""
        wanted.require_one_at_most()
        if wanted.strategy_id is not None:
            return self.orders.for_strategy(user_id, wanted.strategy_id, limit, cursor)
        if wanted.symbol is not None:
            return self.orders.for_symbol(user_id, wanted.symbol, limit, cursor)
        if wanted.client_id is not None:
            return self.orders.for_account(user_id, wanted.client_id, limit, cursor)
        return self.orders.for_user(user_id, limit, cursor)

    def live(self, user_id: str, limit: int, cursor: str | None) -> Page[Order]:
        """Orders that are not settled, account by account."""
        page = self.orders.unsettled_of_user(user_id, limit, cursor)
        # The sweep also looks for what is settled and may still turn up: that is not live.
        return Page(tuple(each for each in page.items if not each.is_settled), page.cursor)

    def detail(self, user_id: str, order_id: str) -> Order:
        return owned(self.orders, user_id, order_id)


def owned(orders: Orders, user_id: str, order_id: str) -> Order:
    """As it is now. Raises NotFound for missing or another's."""
    order = orders.by_id(order_id)
    if order is None or order.user_id != user_id:
        raise NotFound(f"There is no order {order_id}.")
    return order
