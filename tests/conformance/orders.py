"""One order message, for all adapters alike."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared_utils.brokers.ports import PlaceOrder
from shared_utils.domain.instruments import Side
from shared_utils.domain.legs import OrderType
from tests.factories import a_contract

TAG = "QABCDEFGHIJKLMNOP0"


def a_request(**changes: Any) -> PlaceOrder:
    request = PlaceOrder(
        contract=a_contract(),
        side=Side.BUY,
        quantity=130,
        order_type=OrderType.LIMIT,
        price=Decimal("100.50"),
        tag=TAG,
    )
    return replace(request, **changes)
