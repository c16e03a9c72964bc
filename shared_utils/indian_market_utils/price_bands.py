"""How far from the market a limit price may be before the exchange refuses it.

NSE limit-price protection: reference up to Rs 50: plus or minus Rs 20, above: 40 percent (which is
one rule: 40 percent, at least Rs 20). BSE: the same figures since 2025-12-01. The reference is the
exchange's 30-second average; ours is the best we have, the middle or last price of the quote.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Exchange, Quote
from shared_utils.domain.money import ceil_to_tick, floor_to_tick
from shared_utils.indian_market_utils.dated_values import in_force
from shared_utils.indian_market_utils.facts import MarketFacts, StopLimitRule

NO_PRICE_BAND = "NO_PRICE_BAND"

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """Lowest and highest limit price, both allowed, both on the tick."""

    lower: Decimal
    upper: Decimal

    def holds(self, price: Decimal) -> bool:
        return self.lower <= price <= self.upper

    def clamp(self, price: Decimal) -> Decimal:
        return min(max(price, self.lower), self.upper)


def price_band(
    facts: MarketFacts, exchange: Exchange, quote: Quote, tick: Decimal, on_day: date
) -> PriceBand:
    """The band around the quote, inside the contract's daily circuit limits where it shows them.

    Raises MarketDataUnavailable when the quote has no price to stand on, or the two do not overlap.
    """
    reference = _reference(quote)
    rule = in_force(facts.price_bands[exchange], on_day, f"{exchange} price band")
    reach = max(reference * rule.percentage / _HUNDRED, rule.minimum)
    lower, upper = max(reference - reach, tick), reference + reach
    if quote.lower_circuit is not None:
        lower = max(lower, quote.lower_circuit)
    if quote.upper_circuit is not None and quote.upper_circuit > 0:
        upper = min(upper, quote.upper_circuit)
    band = PriceBand(lower=ceil_to_tick(lower, tick), upper=floor_to_tick(upper, tick))
    if band.lower > band.upper:
        raise MarketDataUnavailable(
            f"The quote of {quote.symbol} contradicts its circuit limits.", code=NO_PRICE_BAND
        )
    return band


def stop_limit_rule(facts: MarketFacts, exchange: Exchange, on_day: date) -> StopLimitRule:
    """How far the limit of a stop order may be from its trigger."""
    return in_force(facts.stop_limit_ranges[exchange], on_day, f"{exchange} stop-limit range")


def widest_stop_gap(rule: StopLimitRule, trigger: Decimal) -> Decimal:
    """Rupees between trigger and limit that the exchange still accepts."""
    if trigger > rule.above:
        return trigger * rule.percentage / _HUNDRED
    return rule.otherwise


def _reference(quote: Quote) -> Decimal:
    for price in (quote.last_price, quote.mid, quote.ask, quote.bid):
        if price is not None and price > 0:
            return price
    raise MarketDataUnavailable(
        f"{quote.symbol} has no price to set a band around.", code=NO_PRICE_BAND
    )
