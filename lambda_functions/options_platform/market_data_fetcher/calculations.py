"""The calculators: what a strategy's legs are worth by the model, from what the caller states.

Pure Python over the dated contract facts; nothing is read from the market. The index drifts at the
interest rate (no dividends); every leg has its own volatility, given or implied by its premium.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lambda_functions.options_platform.market_data_fetcher.asked_markets import asked_expiry
from lambda_functions.options_platform.market_data_fetcher.near_expiries import (
    live_expiries,
    years_left,
)
from shared_utils.domain.errors import Problem, RuleBroken
from shared_utils.domain.instruments import Contract, OptionType, Side, Underlying
from shared_utils.domain.money import to_paisa
from shared_utils.indian_market_utils.contracts import contract_of
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.risk_calculations.forwards import forward_from_spot
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.position_values import (
    ModelLeg,
    PositionGreeks,
    position_greeks,
)
from shared_utils.risk_calculations.pricing import OptionValue, black_scholes

NOT_ENOUGH_SAID = "NOT_ENOUGH_SAID"
_DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLeg:
    """`premium` in rupees per unit, `volatility` percent a year; either may be left out."""

    option_type: OptionType
    side: Side
    strike: Decimal
    expiry: date
    lots: int
    premium: Decimal | None = None
    volatility: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLeg:
    """A leg and its contract as it is listed today; `years` to its last moment of trading."""

    asked: AskedLeg
    contract: Contract
    years: float

    @property
    def quantity(self) -> int:
        return self.asked.lots * self.contract.lot_size

    @property
    def signed_quantity(self) -> int:
        return self.quantity if self.asked.side is Side.BUY else -self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """`spot` in index points, `rate` a fraction a year, `days_ahead` calendar days from now."""

    spot: Decimal
    rate: float
    days_ahead: Decimal = Decimal(0)

    @property
    def years_ahead(self) -> float:
        return float(self.days_ahead) / _DAYS_A_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelValue:
    """`volatility` a fraction a year, None with its `volatility_status` where a premium has none.

    `unit` is rupees per unit to the paisa, `worth` what the leg brings when entered at it: received
    is positive.
    """

    leg: ListedLeg
    value: OptionValue
    volatility: float | None
    volatility_status: str
    unit: Decimal | None
    worth: Decimal | None


def listed_legs(
    facts: MarketFacts, underlying: Underlying, legs: Sequence[AskedLeg], now: datetime
) -> tuple[ListedLeg, ...]:
    """Raises RuleBroken that names the leg's field and what is listed instead."""
    live = {each.day for each in live_expiries(facts, underlying, now)}
    found = []
    for index, leg in enumerate(legs):
        if leg.expiry not in live:
            asked_expiry(facts, underlying, leg.expiry, now, f"legs[{index}].expiry")
        years = years_left(facts, underlying, leg.expiry, now)
        contract = _contract(facts, underlying, leg, index, now)
        found.append(ListedLeg(asked=leg, contract=contract, years=years))
    return tuple(found)


def model_values(
    legs: Sequence[ListedLeg], assumed: Assumptions, *, premiums_tell: bool
) -> tuple[ModelValue, ...]:
    """Each leg at the assumed day; expired legs at their intrinsic value.

    `premiums_tell`: a leg without a volatility takes the one its premium implies today. Raises
    RuleBroken NOT_ENOUGH_SAID for a leg that says too little.
    """
    _require_volatilities(legs, premiums_tell=premiums_tell)
    return tuple(_model_value(leg, assumed) for leg in legs)


def greeks_of(values: Sequence[ModelValue], assumed: Assumptions) -> PositionGreeks:
    """Of all legs together, per point of the spot."""
    legs = [model_leg(value, assumed) for value in values]
    return position_greeks(legs, spot=float(assumed.spot), rate=assumed.rate)


def model_leg(value: ModelValue, assumed: Assumptions) -> ModelLeg:
    """At the assumed day; without a premium the leg is entered at its model value."""
    leg = value.leg
    premium = leg.asked.premium if leg.asked.premium is not None else value.unit
    return ModelLeg(
        option_type=leg.asked.option_type,
        strike=float(leg.asked.strike),
        signed_quantity=leg.signed_quantity,
        premium=float(premium or 0),
        years_to_expiry=max(leg.years - assumed.years_ahead, 0.0),
        volatility=value.volatility,
    )


def require_premiums(legs: Sequence[ListedLeg]) -> tuple[Decimal, ...]:
    """Each leg's premium. Raises RuleBroken NOT_ENOUGH_SAID for those without."""
    problems = [
        Problem(f"legs[{index}].premium", "is required here")
        for index, leg in enumerate(legs)
        if leg.asked.premium is None
    ]
    _refuse(problems)
    return tuple(leg.asked.premium for leg in legs if leg.asked.premium is not None)


def _require_volatilities(legs: Sequence[ListedLeg], *, premiums_tell: bool) -> None:
    problem = "is required here, or a premium that implies it" if premiums_tell else "is required"
    problems = [
        Problem(f"legs[{index}].volatility", problem)
        for index, leg in enumerate(legs)
        if leg.asked.volatility is None and not (premiums_tell and leg.asked.premium is not None)
    ]
    _refuse(problems)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        first = problems[0]
        raise RuleBroken(f"{first.field} {first.problem}.", code=NOT_ENOUGH_SAID, details=problems)


def _contract(
    facts: MarketFacts, underlying: Underlying, leg: AskedLeg, index: int, now: datetime
) -> Contract:
    try:
        return contract_of(
            facts,
            underlying,
            leg.expiry,
            strike=leg.strike,
            option_type=leg.option_type,
            on_day=ist_date(now),
        )
    except RuleBroken as error:
        problem = Problem(f"legs[{index}].strike", error.message)
        raise RuleBroken(error.message, code=error.code, details=[problem]) from None


def _model_value(leg: ListedLeg, assumed: Assumptions) -> ModelValue:
    volatility, status = _volatility(leg, assumed)
    years = max(leg.years - assumed.years_ahead, 0.0)
    unknown = float("nan") if years > 0.0 else 0.0
    value = black_scholes(
        leg.asked.option_type,
        spot=float(assumed.spot),
        strike=float(leg.asked.strike),
        years=years,
        volatility=unknown if volatility is None else volatility,
        rate=assumed.rate,
    )
    unit = None if value.price is None else to_paisa(Decimal(str(value.price)))
    return ModelValue(
        leg=leg,
        value=value,
        volatility=volatility,
        volatility_status=status,
        unit=unit,
        worth=None if unit is None else to_paisa(-unit * leg.signed_quantity),
    )


def _volatility(leg: ListedLeg, assumed: Assumptions) -> tuple[float | None, str]:
    """What is given, else what today's premium implies at the assumed spot."""
    if leg.asked.volatility is not None:
        return float(leg.asked.volatility) / 100.0, "OK"
    found = implied_volatility(
        leg.asked.option_type,
        price=None if leg.asked.premium is None else float(leg.asked.premium),
        forward=forward_from_spot(assumed.spot, years=leg.years, rate=assumed.rate),
        strike=float(leg.asked.strike),
        years=leg.years,
        rate=assumed.rate,
    )
    return found.volatility, str(found.status)
