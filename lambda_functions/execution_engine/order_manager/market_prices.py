"""What a new attempt is priced at: a marketable limit from a fresh quote, inside the band."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from shared_utils.clock import Clock
from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Side
from shared_utils.domain.orders import Order
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.marketable_prices import marketable_limit
from shared_utils.indian_market_utils.price_bands import price_band
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.market_data.ports import QuoteSource


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPrices:
    """`quotes_for` opens the source for an order's owner; it raises MarketDataUnavailable."""

    quotes_for: Callable[[str], QuoteSource]
    facts: Callable[[], MarketFacts]
    clock: Clock
    max_quote_age_s: float

    def marketable(self, order: Order, side: Side, slippage: Decimal) -> Decimal:
        """For the order's contract. Raises MarketDataUnavailable without a fresh quote."""
        contract = order.contract
        quote = self.quotes_for(order.user_id).quotes([contract.symbol]).get(contract.symbol)
        if quote is None:
            raise MarketDataUnavailable(f"{contract.symbol} has no quote now.")
        now = self.clock.now()
        day = ist_date(now)
        return marketable_limit(
            quote,
            side,
            slippage=slippage,
            tick=contract.tick_size,
            band=price_band(self.facts(), contract.exchange, quote, contract.tick_size, day),
            now=now,
            max_age_s=self.max_quote_age_s,
        ).price
