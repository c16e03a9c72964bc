"""Which chains are worth a look each minute. Pure."""

from datetime import date, datetime

from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.expiries import Expiry, ExpiryKind, listed_expiries
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date, session_on

_NEAREST = 2
_MONTHLIES = 2
_YEAR_S = 365.0 * 86400.0


def live_expiries(facts: MarketFacts, underlying: Underlying, now: datetime) -> tuple[Expiry, ...]:
    """The listed expiries whose last session is not over, in order."""
    listed = listed_expiries(facts, underlying, ist_date(now))
    return tuple(each for each in listed if seconds_left(facts, underlying, each.day, now) > 0)


def near_expiries(facts: MarketFacts, underlying: Underlying, now: datetime) -> tuple[date, ...]:
    """The two nearest and the two nearest monthlies: thirty days lie among them."""
    live = live_expiries(facts, underlying, now)
    monthlies = [each for each in live if each.kind is ExpiryKind.MONTHLY][:_MONTHLIES]
    return tuple(sorted({each.day for each in (*live[:_NEAREST], *monthlies)}))


def years_left(facts: MarketFacts, underlying: Underlying, expiry: date, now: datetime) -> float:
    """Calendar time to the last moment of trading, in years of 365 days; 0 once it is over."""
    return max(seconds_left(facts, underlying, expiry, now), 0.0) / _YEAR_S


def seconds_left(facts: MarketFacts, underlying: Underlying, expiry: date, now: datetime) -> float:
    session = session_on(facts, facts.indices[underlying].exchange, expiry)
    return 0.0 if session is None else (session.closes_at - now).total_seconds()
