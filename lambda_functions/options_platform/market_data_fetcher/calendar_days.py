"""What the calendar tells: a day's state, a year's holidays, the listed expiries."""

from dataclasses import dataclass
from datetime import date, datetime

from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.expiries import Expiry
from shared_utils.indian_market_utils.facts import SpecialSession
from shared_utils.indian_market_utils.sessions import MarketStatus, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusNow:
    status: MarketStatus
    session: Session | None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfHolidays:
    """In order of the days."""

    year: int
    exchange: Exchange
    holidays: tuple[tuple[date, str], ...]
    special_sessions: tuple[SpecialSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedExpiry:
    """`lot_size` in units, of the contracts of that expiry as they stand today."""

    expiry: Expiry
    days: int
    trading_days: int
    last_trading_at: datetime
    lot_size: int
