"""The limit that an order goes out with, from the quotes of one moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shared_utils.domain.instruments import Contract, Quote, Side, Underlying
from shared_utils.domain.legs import OrderType
from shared_utils.domain.money import ceil_to_tick, floor_to_tick
from shared_utils.domain.orders import Asked
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.marketable_prices import marketable_limit
from shared_utils.indian_market_utils.price_bands import price_band


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceContext:
    """The day's facts and one moment's quotes by canonical symbol; `spots` are the indices'."""

    facts: MarketFacts
    today: date
    now: datetime
    quotes: Mapping[str, Quote]
    spots: Mapping[Underlying, Decimal]
    max_quote_age_s: float


def price_of(contract: Contract, side: Side, asked: Asked, context: PriceContext) -> Decimal:
    """The limit that goes out: marketable within the slippage, or the trader's passive limit.

    Raises MarketDataUnavailable for a quote that nothing may be priced on.
    """
    quote = context.quotes[contract.symbol]
    band = price_band(context.facts, contract.exchange, quote, contract.tick_size, context.today)
    marketable = marketable_limit(
        quote,
        side,
        slippage=asked.slippage,
        tick=contract.tick_size,
        band=band,
        now=context.now,
        max_age_s=context.max_quote_age_s,
    ).price
    if asked.order_type is not OrderType.LIMIT or quote.mid is None:
        return marketable
    # LIMIT rests at the middle of the spread, never worse than the marketable price.
    if side is Side.BUY:
        return min(marketable, band.clamp(floor_to_tick(quote.mid, contract.tick_size)))
    return max(marketable, band.clamp(ceil_to_tick(quote.mid, contract.tick_size)))
