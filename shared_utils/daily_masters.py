"""The instrument master of the day: read from the broker once, by whoever is first, and stored.

    this process knows it -> the table has it -> the broker is asked, and the table told

What is of another day or not whole is never used; a table that does not answer costs a call to the
broker, not the trade.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from shared_utils.clock import Clock
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import DomainError, VersionMoved
from shared_utils.domain.instruments import Exchange, Quote
from shared_utils.indian_market_utils.sessions import at_ist, ist_date
from shared_utils.indian_market_utils.symbols import InstrumentMaster, require_current
from shared_utils.market_data.ports import QuoteProvider
from shared_utils.storage.documents import DocumentUnreadable
from shared_utils.storage.instrument_masters import InstrumentMasters

logger = logging.getLogger(__name__)

# Brokers write the day's master in the early morning; Kite asks to fetch it from 08:30 on. What is
# read before may still be yesterday's, so it serves its reader and is not kept for the day.
PUBLISHED_BY = time(8, 30)
# Whatever the time of day, a stored master outlives its own day and not the next one.
STORED_FOR = timedelta(hours=24)

Load = Callable[[Exchange], InstrumentMaster]


class NamedProvider(QuoteProvider, Protocol):
    """A broker's session, as far as market data needs it."""

    @property
    def name(self) -> BrokerName: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyMasters:
    """Lives as long as the process; threads may share it. `wall_now` is the time that TTLs run on.

    A master comes from the broker itself, so whose session read it makes no difference.
    """

    stored: InstrumentMasters
    clock: Clock
    wall_now: Callable[[], datetime]
    _known: dict[tuple[BrokerName, Exchange], InstrumentMaster] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, broker: BrokerName, exchange: Exchange, load: Load) -> InstrumentMaster:
        """Today's. `load` asks the broker; raises what it raises, and INSTRUMENT_MASTER_STALE when
        even the broker's is of another day.
        """
        now = self.clock.now()
        today = ist_date(now)
        with self._lock:
            known = self._known.get((broker, exchange))
            if known is not None and known.trading_day == today:
                return known
            found = self._read(broker, exchange, today)
            if found is None:
                found = require_current(load(exchange), today)
                if now < at_ist(today, PUBLISHED_BY):
                    return found
                found = self._keep(found, exchange, today)
            self._known[broker, exchange] = found
            return found

    def _read(self, broker: BrokerName, exchange: Exchange, today: date) -> InstrumentMaster | None:
        """None too when what is stored cannot be used: then the broker is asked."""
        try:
            return self.stored.read(broker, exchange, trading_day=today, wall_now=self.wall_now())
        except DomainError as problem:
            _say_unused(exchange, problem.code)
        except DocumentUnreadable:
            _say_unused(exchange, "DOCUMENT_UNREADABLE")
        return None

    def _keep(self, loaded: InstrumentMaster, exchange: Exchange, today: date) -> InstrumentMaster:
        """Stored for all others; who was beaten to it uses the first one's, as all others do."""
        try:
            self.stored.keep(loaded, exchange, expires_at=self.wall_now() + STORED_FOR)
        except VersionMoved:
            return self._read(loaded.broker, exchange, today) or loaded
        except DomainError as problem:
            _say_unused(exchange, problem.code)
        return loaded


@dataclass(frozen=True, slots=True)
class MasterOfTheDay:
    """A QuoteProvider: the broker's quotes, and its master as the platform keeps it for the day."""

    broker: NamedProvider
    masters: DailyMasters

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return self.broker.quotes(symbols)

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        return self.masters.of(self.broker.name, exchange, self.broker.instruments)


def _say_unused(exchange: Exchange, code: str) -> None:
    extra = {"exchange": exchange, "problem_code": code}
    logger.warning("the stored instrument master is not used", extra=extra)
