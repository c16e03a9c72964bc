"""Strikes at a distance from the money, in points or in listed strikes; OTM and ITM share it."""

from collections.abc import Callable
from decimal import Decimal

from shared_utils.domain.instruments import OptionType
from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    deviation_from,
    incomplete,
    no_strike_in_range,
)
from shared_utils.risk_calculations.strikes.ladders import (
    Ladder,
    ladder_of,
    nearest_tradable,
    reference_price,
)
from shared_utils.risk_calculations.strikes.volatility_adjustments import (
    adjustment_said,
    volatility_factor,
)


def select_away(
    selection: PremiumSelection, market: StrikeMarket, *, out_of_the_money: bool
) -> StrikeChoice:
    """`strike_offset` points, else `strike_count` listed strikes, away from the ATM strike.

    An OTM leg never ends on the ATM strike or beyond it, nor does an ITM leg.
    """
    reference = reference_price(selection.atm_source, market)
    ladder = ladder_of(market.chain, market.option_type)
    at_the_money = ladder.nearest_index(reference)
    money = ladder.strikes[at_the_money]
    upwards = (market.option_type is OptionType.CE) is out_of_the_money
    factor = volatility_factor(selection, market)
    target, said = _target(selection, ladder, at_the_money, upwards=upwards, factor=factor)
    name = "OTM" if out_of_the_money else "ITM"
    wanted = f"{name} {said}{adjustment_said(factor)}"
    row, refused = nearest_tradable(
        ladder, target, market, wanted=wanted, allowed=_beyond(money, upwards=upwards)
    )
    return StrikeChoice(
        contract=row.contract,
        quote=row.quote,
        reason=(
            f"{row.contract.strike:f} is {abs(row.contract.strike - money):f} points "
            f"{'above' if upwards else 'below'} the ATM strike {money:f} (wanted {wanted})."
        ),
        refused=refused,
        deviation=deviation_from(row.contract.strike, target),
        target=f"{name} {target.normalize():f}",
    )


def _target(
    selection: PremiumSelection,
    ladder: Ladder,
    at_the_money: int,
    *,
    upwards: bool,
    factor: Decimal,
) -> tuple[Decimal, str]:
    direction = 1 if upwards else -1
    if selection.strike_offset is not None:
        if selection.strike_offset <= 0:
            raise incomplete("strike_offset", "must be above 0")
        points = selection.strike_offset * factor
        said = f"by {selection.strike_offset:f} points"
        return ladder.strikes[at_the_money] + direction * points, said
    if selection.strike_count is None or selection.strike_count <= 0:
        raise incomplete("strike_offset", "or strike_count must be given and above 0")
    count = max(int((selection.strike_count * factor).to_integral_value()), 1)
    said = f"by {selection.strike_count} strikes"
    index = at_the_money + direction * count
    if not 0 <= index < len(ladder.strikes):
        edge = ladder.strikes[-1 if upwards else 0]
        raise no_strike_in_range(said, f"{edge:f}")
    return ladder.strikes[index], said


def _beyond(money: Decimal, *, upwards: bool) -> Callable[[Decimal], bool]:
    return lambda strike: strike > money if upwards else strike < money
