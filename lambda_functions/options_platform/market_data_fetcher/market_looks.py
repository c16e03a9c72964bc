"""The market as a request sees it: from the cache while that is fresh, else live, and then kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from shared_utils.clock import Clock
from shared_utils.domain.errors import DomainError, RuleBroken
from shared_utils.domain.instruments import EXCHANGE_OF, OptionChain, Underlying
from shared_utils.indian_market_utils.expiries import EXPIRY_NOT_LISTED
from shared_utils.market_data.chain_building import price_of
from shared_utils.market_data.ports import QuoteSource
from shared_utils.stored_chains import (
    CHAIN_WIDTH,
    IndexLook,
    StoredChains,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketLooks:
    """`quotes` opens the source a user may read: the feeds first, then the user's own accounts.

    Raises MarketDataUnavailable; its code is NO_MARKET_DATA_FEED when nobody is connected.
    """

    stored: StoredChains
    quotes: Callable[[str], QuoteSource]
    clock: Clock
    max_age_s: float

    def index(self, user_id: str, underlying: Underlying) -> IndexLook:
        known = self.stored.index(underlying, now=self.clock.now(), max_age_s=self.max_age_s)
        if known is not None:
            return known
        spot = self.quotes(user_id).spot(underlying)
        look = IndexLook(taken_at=self.clock.now(), price=price_of(spot), at=spot.at)
        self._keep(lambda: self.stored.keep_index(underlying, look))
        return look

    def chain(
        self, user_id: str, underlying: Underlying, expiry: date, max_age_s: float | None = None
    ) -> OptionChain:
        """Raises RuleBroken EXPIRY_NOT_LISTED when the broker lists no such expiry after all."""
        most = self.max_age_s if max_age_s is None else max_age_s
        known = self.stored.chain(underlying, expiry, now=self.clock.now(), max_age_s=most)
        if known is not None:
            return known
        source = self.quotes(user_id)
        _require_listed(source, underlying, expiry)
        chain = source.chain(underlying, expiry, width=CHAIN_WIDTH)
        now: datetime = self.clock.now()
        self._keep(lambda: self.stored.keep_chain(chain, now=now))
        return chain

    def _keep(self, write: Callable[[], None]) -> None:
        """The answer stands, whether or not the next request finds it stored."""
        try:
            write()
        except (DomainError, ValueError) as error:
            logger.warning("a look was not stored", extra={"problem": type(error).__name__})


def _require_listed(source: QuoteSource, underlying: Underlying, expiry: date) -> None:
    listed = source.master(EXCHANGE_OF[underlying]).expiries_of(underlying)
    if expiry not in listed:
        near = sorted(sorted(listed, key=lambda each: abs((each - expiry).days))[:2])
        names = " and ".join(each.isoformat() for each in near) or "none"
        raise RuleBroken(
            f"The broker lists no {underlying} expiry on {expiry.isoformat()}; "
            f"the nearest are {names}.",
            code=EXPIRY_NOT_LISTED,
        )
