"""What a broker itself asks for orders that have not been sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.brokers.ports import Broker, PlaceOrder
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.legs import OrderType
from shared_utils.risk_calculations.entry_orders import PricedOrder
from shared_utils.risk_calculations.margins import MarginSource

# A question carries no tag to find an order by: nothing is placed.
_TAG = "MARGIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerMargin:
    """Rupees by the broker, the account's positions considered: `initial` while the orders go out
    in their order, `final` once they stand; what the account has `available` and `used` now.
    """

    broker_name: BrokerName
    initial: Decimal
    final: Decimal
    available: Decimal
    used: Decimal
    source: MarginSource = MarginSource.BROKER


def broker_margin(broker: Broker, orders: Iterable[PricedOrder]) -> BrokerMargin:
    """Two calls. Raises BrokerUnavailable."""
    basket = broker.basket_margin(
        [
            PlaceOrder(
                contract=order.contract,
                side=order.side,
                quantity=order.quantity,
                order_type=OrderType.LIMIT,
                price=order.price,
                tag=_TAG,
            )
            for order in orders
        ]
    )
    funds = broker.margins()
    return BrokerMargin(
        broker_name=broker.name,
        initial=basket.initial,
        final=basket.final,
        available=funds.available,
        used=funds.used,
    )
