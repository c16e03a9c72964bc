"""ATM: the listed strike nearest to the spot, the future or the synthetic future."""

from shared_utils.domain.legs import PremiumSelection
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    deviation_from,
)
from shared_utils.risk_calculations.strikes.ladders import (
    ladder_of,
    nearest_tradable,
    reference_price,
)


def select_at_the_money(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """A volatility adjustment changes nothing: the money is where it is."""
    reference = reference_price(selection.atm_source, market)
    ladder = ladder_of(market.chain, market.option_type)
    wanted = ladder.strikes[ladder.nearest_index(reference)]
    row, refused = nearest_tradable(ladder, reference, market, wanted=f"ATM of {reference:f}")
    return StrikeChoice(
        contract=row.contract,
        quote=row.quote,
        reason=(
            f"{row.contract.strike:f} is the strike nearest to the "
            f"{selection.atm_source.replace('_', ' ').lower()} price {reference:f}."
        ),
        refused=refused,
        deviation=deviation_from(row.contract.strike, wanted),
        target=f"ATM {wanted:f}",
    )
