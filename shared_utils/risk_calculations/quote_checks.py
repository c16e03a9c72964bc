"""Whether a quote may be traded on: two-sided, uncrossed, fresh and tight. Nothing else may."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.instruments import Quote, Side


class QuoteFault(StrEnum):
    MISSING = "MISSING"
    STALE = "STALE"
    AHEAD_OF_CLOCK = "AHEAD_OF_CLOCK"
    CROSSED = "CROSSED"
    ILLIQUID = "ILLIQUID"
    NOTHING_OFFERED = "NOTHING_OFFERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLimits:
    """`now` is market time; ages in seconds, the spread in percent of the mid.

    A spread of at most `free_spread_ticks` ticks is never too wide: an option at 0.15 has no
    narrower market. A quote may be `max_ahead_s` ahead of our clock, as clocks are.
    """

    now: datetime
    max_age_s: float
    max_spread_percentage: Decimal
    free_spread_ticks: int = 2
    max_ahead_s: float = 5.0


def fault_of(
    quote: Quote, *, side: Side | None, tick: Decimal, limits: QuoteLimits
) -> QuoteFault | None:
    """Why `side` may not be traded on this quote; None when it may.

    A side nobody stands on is missing; one that shows no quantity to trade against is not offered.
    Without a side both must stand: the quote is measured with, not traded.
    """
    bid, ask = quote.bid, quote.ask
    if bid is None or ask is None or bid <= 0 or ask <= 0:
        return QuoteFault.MISSING
    age = quote.age_s(limits.now)
    if not -limits.max_ahead_s <= age <= limits.max_age_s:
        return QuoteFault.STALE if age > 0 else QuoteFault.AHEAD_OF_CLOCK
    if bid > ask:
        return QuoteFault.CROSSED
    spread = ask - bid
    if (
        spread > tick * limits.free_spread_ticks
        and spread > limits.max_spread_percentage * (bid + ask) / 200
    ):
        return QuoteFault.ILLIQUID
    if (side is not Side.SELL and quote.ask_quantity <= 0) or (
        side is not Side.BUY and quote.bid_quantity <= 0
    ):
        return QuoteFault.NOTHING_OFFERED
    return None
