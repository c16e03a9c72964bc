"""Templates on the wire, and what is asked of them."""

from typing import Annotated

from pydantic import Field

from lambda_functions.options_platform.strategy_manager import template_payoffs
from lambda_functions.options_platform.strategy_manager.schemas import RiskConfig
from lambda_functions.options_platform.strategy_manager.templates import (
    Outlook,
    Parameter,
    Template,
    TemplateCategory,
    TemplateOrder,
)
from shared_utils.api.conversions import to_domain
from shared_utils.api.paging import PageQuery, PageResponse
from shared_utils.api.schedule_shapes import ExecutionSchedule
from shared_utils.api.wire_types import (
    Amount,
    Flag,
    Name,
    Percentage,
    RequestModel,
    ResponseModel,
    Text,
    WholeNumber,
)
from shared_utils.domain.instruments import OptionType, Side, Underlying
from shared_utils.domain.legs import ExpiryType, LegCategory, OrderType
from shared_utils.domain.strategies import StrategyType
from shared_utils.risk_calculations.payoffs import Unlimited

BasketId = Annotated[str, Field(max_length=64)]

EXAMPLE_ORDER = {
    "basket_id": "bsk_01JD9G5FAVRZ3NDEKTSV4RRFFQ",
    "name": "NIFTY weekly iron condor",
    "symbol": "NIFTY",
    "distance": 4,
    "width": 4,
}
EXAMPLE_CLONE = {
    "basket_id": "bsk_01JD9G5FAVRZ3NDEKTSV4RRFFQ",
    "name": "NIFTY iron condor, wider",
}


class TemplateQuery(PageQuery):
    category: TemplateCategory | None = None
    outlook: Outlook | None = None


class TemplateParameters(ResponseModel):
    """The structure's own parameters with their defaults, in listed strikes; null: it has none.

    `distance` is from at the money to the core legs, `width` from those to the wings.
    """

    distance: int | None
    width: int | None


class TemplateLegResponse(ResponseModel):
    """`strikes_from_atm` with the default parameters: above 0 out of the money, below 0 in it.

    `expiry_offset` counts expiries after the strategy's own.
    """

    option_type: OptionType
    side: Side
    strikes_from_atm: int
    lots_multiple: int
    expiry_offset: int
    leg_category: LegCategory
    leg_purpose: str


class PayoffPoint(ResponseModel):
    index_price: Amount
    profit: Amount


class Payoff(ResponseModel):
    """At the near expiry, rupees per unit, in a made-up market: an index of `index_price` and one
    volatility. It shows the shape, not what the strategy would pay today. Bounds and breakevens are
    null where legs have two expiries.
    """

    index_price: Amount
    points: list[PayoffPoint]
    net_premium: Amount
    max_profit: Amount | Unlimited | None
    max_loss: Amount | Unlimited | None
    breakevens: list[Amount] | None


class TemplateResponse(ResponseModel):
    template_id: str
    name: str
    category: TemplateCategory
    outlook: Outlook
    strategy_type: StrategyType
    description: str
    parameters: TemplateParameters
    legs: list[TemplateLegResponse]
    payoff: Payoff


class TemplatePage(PageResponse[TemplateResponse]):
    """The library, a page at a time."""


class CreateFromTemplateRequest(RequestModel):
    """What is left out takes the template's default: its `distance` and `width`, the nearest kind
    of expiry that the index has, entry at 09:30 and exit at 15:15 on every trading day.

    `stop_loss_percentage` is of the premium of each sold leg.
    """

    basket_id: BasketId
    name: Name
    symbol: Underlying
    description: Text | None = None
    expiry_type: ExpiryType | None = None
    expiry_offset: Annotated[WholeNumber, Field(ge=0, le=19)] = 0
    distance: Annotated[WholeNumber, Field(ge=1, le=40)] | None = None
    width: Annotated[WholeNumber, Field(ge=1, le=20)] | None = None
    lots_multiple: Annotated[WholeNumber, Field(ge=1, le=25)] = 1
    order_type: OrderType = OrderType.MARKET
    stop_loss_percentage: Annotated[Percentage, Field(gt=0)] | None = None
    execution_schedule: ExecutionSchedule | None = None
    risk_config: RiskConfig = RiskConfig()
    auto_execute: Flag = True

    def to_order(self) -> TemplateOrder:
        return to_domain(self, TemplateOrder)


class CloneStrategyRequest(RequestModel):
    """Into any own basket, the same one included; without a name it is a "Copy of" the other."""

    basket_id: BasketId
    name: Name | None = None


def to_template(template: Template, payoff: template_payoffs.PayoffThumbnail) -> TemplateResponse:
    return TemplateResponse(
        template_id=template.template_id,
        name=template.name,
        category=template.category,
        outlook=template.outlook,
        strategy_type=template.strategy_type,
        description=template.description,
        parameters=TemplateParameters(
            distance=template.parameters.get(Parameter.DISTANCE),
            width=template.parameters.get(Parameter.WIDTH),
        ),
        legs=[
            TemplateLegResponse(
                option_type=leg.option_type,
                side=leg.side,
                strikes_from_atm=leg.strikes_from_atm(template.parameters),
                lots_multiple=leg.lots,
                expiry_offset=leg.expiry,
                leg_category=leg.category,
                leg_purpose=leg.purpose,
            )
            for leg in template.legs
        ],
        payoff=Payoff.model_validate(payoff),
    )
