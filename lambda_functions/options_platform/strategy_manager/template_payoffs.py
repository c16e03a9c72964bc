"""A template's payoff as a thumbnail: what one unit of it pays at the near expiry.

Premiums are those of a made-up market (`Illustration`), by Black's formula with one volatility;
legs of a later expiry are worth, at the near one, what the formula says with the time left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lambda_functions.options_platform.strategy_manager.templates import Illustration, Template
from shared_utils.domain.instruments import OptionType
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.risk_calculations.payoffs import (
    Bound,
    PayoffLeg,
    payoff_at_expiry,
    summarise_payoff,
)
from shared_utils.risk_calculations.pricing import DAYS_A_YEAR, forward_value

# How far the drawing goes beyond the outermost strikes, and its steps to each side of the index.
_MARGIN_STRIKES = 4
# A name for the near expiry; only the days between the expiries count.
_NEAR = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffPoint:
    index_price: Decimal
    profit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffThumbnail:
    """Rupees per unit. With two expiries the curve is no straight lines: its bounds are None."""

    index_price: Decimal
    points: tuple[PayoffPoint, ...]
    net_premium: Decimal
    max_profit: Bound | None
    max_loss: Bound | None
    breakevens: tuple[Decimal, ...] | None


def thumbnail_of(template: Template, market: Illustration) -> PayoffThumbnail:
    """With the template's default parameters."""
    legs = _legs(template, market)
    near = [leg for leg in legs if leg.expiry == _NEAR]
    later = [leg for leg in legs if leg.expiry != _NEAR]
    points = tuple(
        PayoffPoint(
            index_price=price,
            profit=to_paisa(
                payoff_at_expiry(near, price)
                + sum((_worth(leg, price, market) for leg in later), ZERO)
            ),
        )
        for price in _prices(legs, market)
    )
    summary = None if later else summarise_payoff(legs)
    return PayoffThumbnail(
        index_price=market.index_price,
        points=points,
        net_premium=to_paisa(-sum((leg.premium * leg.signed_quantity for leg in legs), ZERO)),
        max_profit=summary.max_profit if summary else None,
        max_loss=summary.max_loss if summary else None,
        breakevens=summary.breakevens if summary else None,
    )


def _legs(template: Template, market: Illustration) -> list[PayoffLeg]:
    legs = []
    for leg in template.legs:
        away = leg.strikes_from_atm(template.parameters) * market.strike_step
        strike = market.index_price + (away if leg.option_type is OptionType.CE else -away)
        later = leg.expiry * market.days_between_expiries
        days = market.days_to_expiry + later
        legs.append(
            PayoffLeg(
                option_type=leg.option_type,
                side=leg.side,
                strike=strike,
                quantity=leg.lots,
                premium=_value(leg.option_type, market.index_price, strike, days, market),
                expiry=_NEAR + timedelta(days=later),
            )
        )
    return legs


def _worth(leg: PayoffLeg, price: Decimal, market: Illustration) -> Decimal:
    """Gain of a leg that lives on when the near expiry is over."""
    left = (leg.expiry - _NEAR).days
    value = _value(leg.option_type, price, leg.strike, left, market)
    return (value - leg.premium) * leg.signed_quantity


def _value(
    kind: OptionType, price: Decimal, strike: Decimal, days: int, market: Illustration
) -> Decimal:
    total = float(market.volatility) * (days / DAYS_A_YEAR) ** 0.5
    return to_paisa(Decimal(str(forward_value(kind, float(price), float(strike), total))))


def _prices(legs: Sequence[PayoffLeg], market: Illustration) -> list[Decimal]:
    """Every strike of the ladder that is drawn: all corners of the payoff are among them."""
    step = market.strike_step
    farthest = max(abs(leg.strike - market.index_price) for leg in legs)
    reach = int(farthest / step) + _MARGIN_STRIKES
    return [market.index_price + step * number for number in range(-reach, reach + 1)]
