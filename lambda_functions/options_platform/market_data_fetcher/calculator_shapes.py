"""The calculators on the wire. Rates and volatilities are percent a year; greeks as in a chain."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from lambda_functions.options_platform.market_data_fetcher.calculations import (
    AskedLeg,
    Assumptions,
    ListedLeg,
    ModelValue,
)
from lambda_functions.options_platform.market_data_fetcher.payoff_views import (
    DrawnPayoff,
    DrawnRange,
)
from shared_utils.api.wire_types import (
    Amount,
    CalendarDate,
    Figure,
    RequestModel,
    ResponseModel,
    Rupees,
    WholeNumber,
)
from shared_utils.domain.instruments import OptionType, Side, Underlying
from shared_utils.risk_calculations.payoffs import (
    PROBABILITY_ASSUMPTION,
    PayoffSummary,
    Unlimited,
)
from shared_utils.risk_calculations.position_values import PositionGreeks

MAX_LEGS = 100


def _plain_number(value: object) -> object:
    """A text or a truth value is no number, though it could be read as one."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("number", "must be a number")


def _bounded(description: str, highest: int) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "number", "minimum": 0, "maximum": highest, "description": description}
    )


IndexPoints = Annotated[
    Decimal,
    BeforeValidator(_plain_number),
    Field(gt=0, le=1_000_000, decimal_places=2),
    _bounded("Index points, above 0.", 1_000_000),
]
VolatilityPercent = Annotated[
    Decimal,
    BeforeValidator(_plain_number),
    Field(gt=0, le=500, decimal_places=4),
    _bounded("Percent a year: 13.5 is 13.5 %.", 500),
]
Rate = Annotated[
    Decimal,
    BeforeValidator(_plain_number),
    Field(ge=0, le=100, decimal_places=4),
    _bounded("Percent a year.", 100),
]
Days = Annotated[
    Decimal,
    BeforeValidator(_plain_number),
    Field(ge=0, le=3650, decimal_places=4),
    _bounded("Calendar days from now.", 3650),
]

EXAMPLE_LEGS = [
    {
        "option_type": "CE",
        "transaction_type": "SELL",
        "strike": 26200,
        "expiry": "2026-12-29",
        "lots": 1,
        "premium": 310.5,
        "volatility": 12.4,
    },
    {
        "option_type": "CE",
        "transaction_type": "BUY",
        "strike": 26400,
        "expiry": "2026-12-29",
        "lots": 1,
        "premium": 224.0,
        "volatility": 12.1,
    },
]
EXAMPLE = {"symbol": "NIFTY", "spot": 26010.5, "legs": EXAMPLE_LEGS}


class CalculatorLeg(RequestModel):
    """`premium` in rupees per unit at entry. Lot sizes are those of the contract listed today."""

    option_type: OptionType
    transaction_type: Side
    strike: IndexPoints
    expiry: CalendarDate
    lots: Annotated[WholeNumber, Field(ge=1, le=10_000)] = 1
    premium: Rupees | None = None
    volatility: VolatilityPercent | None = None

    def to_asked(self) -> AskedLeg:
        return AskedLeg(
            option_type=self.option_type,
            side=self.transaction_type,
            strike=self.strike,
            expiry=self.expiry,
            lots=self.lots,
            premium=self.premium,
            volatility=self.volatility,
        )


class CalculatorRequest(RequestModel):
    symbol: Underlying
    legs: Annotated[tuple[CalculatorLeg, ...], Field(min_length=1, max_length=MAX_LEGS)]

    def asked_legs(self) -> tuple[AskedLeg, ...]:
        return tuple(leg.to_asked() for leg in self.legs)


class ModelRequest(CalculatorRequest):
    """`days_ahead` moves the day of valuation; a leg that has expired by then has its intrinsic
    value.
    """

    spot: IndexPoints
    risk_free_rate: Rate = Decimal("6.5")
    days_ahead: Days = Decimal(0)

    def to_assumptions(self) -> Assumptions:
        return assumptions(self.spot, self.risk_free_rate, self.days_ahead)


class PayoffRequest(CalculatorRequest):
    """Every leg needs its premium. With a `spot` the model's curve at `days_ahead` is drawn too,
    and with the index's `volatility` the probability of profit is told.
    """

    spot: IndexPoints | None = None
    volatility: VolatilityPercent | None = None
    risk_free_rate: Rate = Decimal("6.5")
    days_ahead: Days = Decimal(0)
    lowest: IndexPoints | None = None
    highest: IndexPoints | None = None
    points: Annotated[WholeNumber, Field(ge=2, le=201)] = 41

    def to_assumptions(self) -> Assumptions | None:
        if self.spot is None:
            return None
        return assumptions(self.spot, self.risk_free_rate, self.days_ahead)

    def to_range(self) -> DrawnRange:
        return DrawnRange(lowest=self.lowest, highest=self.highest, points=self.points)


class LegShape(ResponseModel):
    """`quantity` in units."""

    symbol: str
    option_type: OptionType
    transaction_type: Side
    strike: Figure
    expiry: CalendarDate
    lot_size: int
    quantity: int


class PremiumLeg(LegShape):
    """`premium` per unit by the model; `amount` for the leg: received is positive."""

    premium: Amount | None
    amount: Amount | None
    status: str


class PremiumResponse(ResponseModel):
    """`net_premium` is received (positive) or paid, at the model's prices."""

    symbol: Underlying
    legs: list[PremiumLeg]
    net_premium: Amount | None

    @classmethod
    def from_domain(cls, symbol: Underlying, values: Sequence[ModelValue]) -> "PremiumResponse":
        amounts = [each.worth for each in values]
        known = [each for each in amounts if each is not None]
        legs = [
            PremiumLeg(
                **_leg(each.leg),
                premium=each.unit,
                amount=each.worth,
                status=str(each.value.status),
            )
            for each in values
        ]
        net = sum(known, Decimal(0)) if len(known) == len(amounts) else None
        return cls(symbol=symbol, legs=legs, net_premium=net)


class Greeks(ResponseModel):
    delta: float | None
    gamma: float | None
    theta: float | None
    vega: float | None
    rho: float | None


class GreeksLeg(LegShape):
    """Greeks per unit of the option, bought; `status` says why figures are null."""

    implied_volatility: float | None
    volatility_status: str
    greeks: Greeks
    status: str


class GreeksResponse(ResponseModel):
    """`position` is of all units, short ones negative: rupees per point, per day. A greek is null
    when a leg's is; `incomplete_legs` are those legs' numbers, from 1.
    """

    symbol: Underlying
    legs: list[GreeksLeg]
    position: Greeks
    incomplete_legs: list[int]

    @classmethod
    def from_domain(
        cls, symbol: Underlying, values: Sequence[ModelValue], position: PositionGreeks
    ) -> "GreeksResponse":
        return cls(
            symbol=symbol,
            legs=[
                GreeksLeg(
                    **_leg(each.leg),
                    implied_volatility=_percent(each.volatility),
                    volatility_status=each.volatility_status,
                    greeks=_greeks(each.value),
                    status=str(each.value.status),
                )
                for each in values
            ],
            position=_greeks(position),
            incomplete_legs=[index + 1 for index in position.incomplete],
        )


class PayoffSummaryResponse(ResponseModel):
    """Rupees without charges; a profit or loss without end is "UNLIMITED"."""

    max_profit: Amount | Unlimited
    max_loss: Amount | Unlimited
    breakevens: list[Figure]
    net_premium: Amount

    @classmethod
    def from_domain(cls, summary: PayoffSummary) -> "PayoffSummaryResponse":
        return cls(
            max_profit=summary.max_profit,
            max_loss=summary.max_loss,
            breakevens=list(summary.breakevens),
            net_premium=summary.net_premium,
        )


class PayoffPointResponse(ResponseModel):
    index: Figure
    at_expiry: Amount | None
    at_date: Amount | None


class PayoffResponse(ResponseModel):
    """`summary` and `at_expiry` are null for legs of several expiries; `at_date` without a spot."""

    symbol: Underlying
    summary: PayoffSummaryResponse | None
    probability_of_profit: float | None
    probability_assumption: str | None
    points: list[PayoffPointResponse]

    @classmethod
    def from_domain(cls, symbol: Underlying, payoff: DrawnPayoff) -> "PayoffResponse":
        summary, chance = payoff.summary, payoff.probability
        return cls(
            symbol=symbol,
            summary=None if summary is None else PayoffSummaryResponse.from_domain(summary),
            probability_of_profit=_percent(chance),
            probability_assumption=None if chance is None else PROBABILITY_ASSUMPTION,
            points=[PayoffPointResponse.model_validate(each) for each in payoff.points],
        )


class BreakevenResponse(PayoffSummaryResponse):
    symbol: Underlying


def breakeven_response(symbol: Underlying, summary: PayoffSummary) -> BreakevenResponse:
    return BreakevenResponse(symbol=symbol, **dict(PayoffSummaryResponse.from_domain(summary)))


def assumptions(spot: Decimal, rate: Decimal, days_ahead: Decimal = Decimal(0)) -> Assumptions:
    """`rate` in percent a year."""
    return Assumptions(spot=spot, rate=float(rate) / 100.0, days_ahead=days_ahead)


def _leg(leg: ListedLeg) -> dict[str, object]:
    return {
        "symbol": leg.contract.symbol,
        "option_type": leg.asked.option_type,
        "transaction_type": leg.asked.side,
        "strike": leg.asked.strike,
        "expiry": leg.asked.expiry,
        "lot_size": leg.contract.lot_size,
        "quantity": leg.quantity,
    }


def _greeks(of: object) -> Greeks:
    names = ("delta", "gamma", "theta", "vega", "rho")
    values = {name: getattr(of, name) for name in names}
    return Greeks(
        **{name: None if value is None else round(value, 9) for name, value in values.items()}
    )


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 100.0, 4)
