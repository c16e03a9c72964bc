"""The margin calculator on the wire."""

from decimal import Decimal

from lambda_functions.options_platform.market_data_fetcher.calculations import Assumptions
from lambda_functions.options_platform.market_data_fetcher.calculator_shapes import (
    CalculatorRequest,
    IndexPoints,
    Rate,
    assumptions,
)
from shared_utils.api.margin_shapes import BrokerMargin, MarginEstimate
from shared_utils.api.wire_types import ClientId, ResponseModel
from shared_utils.brokers import basket_margins
from shared_utils.domain.instruments import Underlying
from shared_utils.risk_calculations import margins


class MarginRequest(CalculatorRequest):
    """Every leg needs its premium; the legs go out in the order given. With the `client_id` of an
    own broker account its broker is asked too.
    """

    spot: IndexPoints
    risk_free_rate: Rate = Decimal("6.5")
    client_id: ClientId | None = None

    def to_assumptions(self) -> Assumptions:
        return assumptions(self.spot, self.risk_free_rate)


class MarginResponse(ResponseModel):
    """`broker` is null where no account was named, or with the `broker_problem` that says why."""

    symbol: Underlying
    estimate: MarginEstimate
    broker: BrokerMargin | None
    broker_problem: str | None

    @classmethod
    def from_domain(
        cls,
        symbol: Underlying,
        estimate: margins.MarginEstimate,
        asked: basket_margins.BrokerMargin | str | None,
    ) -> "MarginResponse":
        told = not isinstance(asked, str) and asked is not None
        return cls(
            symbol=symbol,
            estimate=MarginEstimate.model_validate(estimate),
            broker=BrokerMargin.model_validate(asked) if told else None,
            broker_problem=asked if isinstance(asked, str) else None,
        )
