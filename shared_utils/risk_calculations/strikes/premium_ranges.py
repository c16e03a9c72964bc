"""PREMIUM_RANGE: a strike whose premium lies between two amounts."""

from decimal import Decimal

from shared_utils.domain.legs import PremiumSelection, ThetaPreference
from shared_utils.risk_calculations.strikes.choices import (
    StrikeChoice,
    StrikeMarket,
    incomplete,
)
from shared_utils.risk_calculations.strikes.premium_searches import best, tradable_within
from shared_utils.risk_calculations.strikes.theta_preferences import theta_rank
from shared_utils.risk_calculations.strikes.volatility_adjustments import (
    adjustment_said,
    volatility_factor,
)


def select_by_premium_range(selection: PremiumSelection, market: StrikeMarket) -> StrikeChoice:
    """Of those inside: the fastest or slowest decay where preferred, else nearest to the middle."""
    wanted_range = selection.premium_range
    if wanted_range is None or not 0 < wanted_range.min_premium <= wanted_range.max_premium:
        raise incomplete("premium_range", "must run from an amount above 0 upwards")
    factor = volatility_factor(selection, market)
    low, high = wanted_range.min_premium * factor, wanted_range.max_premium * factor
    said = f"{low:.2f} to {high:.2f}{adjustment_said(factor)}"
    candidates, refused = tradable_within(low, high, market, wanted=f"a premium of {said}")
    preference = selection.theta_preference
    middle = (low + high) / 2
    if preference is None:
        mid, row = best(candidates, lambda found: abs(found[0] - middle))
        why = "nearest to its middle"
    else:
        rank = theta_rank(preference, market)
        mid, row = best(candidates, lambda found: rank(found[1]))
        why = f"with the {'fastest' if preference is ThetaPreference.HIGH else 'slowest'} decay"
    return StrikeChoice(
        contract=row.contract,
        quote=row.quote,
        reason=f"The mid {mid:.2f} of {row.contract.strike:f} lies within {said}, {why}.",
        refused=refused,
        deviation=Decimal("0.0000"),
        target=f"premium {low:.2f} to {high:.2f}",
    )
