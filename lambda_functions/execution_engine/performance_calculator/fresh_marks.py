"""What an open position is worth now: by a quote that is fresh, or by nothing. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared_utils.domain.errors import Unavailable
from shared_utils.domain.instruments import Exchange, Quote
from shared_utils.domain.positions import Position, PositionStatus
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date, previous_trading_day, session_on

# Clocks differ: a quote may be this much ahead of ours.
_AHEAD = timedelta(seconds=5)


class MarkFault(StrEnum):
    NO_QUOTE_SOURCE = "NO_QUOTE_SOURCE"
    NOT_QUOTED = "NOT_QUOTED"
    NEVER_TRADED = "NEVER_TRADED"
    QUOTE_STALE = "QUOTE_STALE"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkProblem:
    """Why a mark is unknown."""

    code: MarkFault
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPosition:
    """`position` with the fresh mark, or with none and the problem that says why."""

    position: Position
    problem: MarkProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRules:
    """While the market is open a quote may be `max_age_s` old; while it is closed the quotes of the
    last session stand. Where the calendar does not tell, only a fresh quote does.
    """

    facts: MarketFacts
    now: datetime
    max_age_s: float

    def oldest(self, exchange: Exchange) -> datetime:
        """A quote from before this is stale."""
        fresh = self.now - timedelta(seconds=self.max_age_s)
        try:
            return min(fresh, self._last_session_opened(exchange))
        except Unavailable:
            return fresh

    def _last_session_opened(self, exchange: Exchange) -> datetime:
        today = ist_date(self.now)
        session = session_on(self.facts, exchange, today)
        if session is None or self.now < session.opens_at:
            day = previous_trading_day(self.facts, exchange, today)
            session = session_on(self.facts, exchange, day)
        elif session.covers(self.now):
            return self.now
        return self.now if session is None else session.opens_at


def marked(position: Position, quote: Quote | None, rules: MarkRules) -> MarkedPosition:
    """By the last traded price, as a broker's statement does. What is closed needs no mark."""
    if position.status is PositionStatus.CLOSED:
        return MarkedPosition(position=position)
    problem = _problem(position, quote, rules)
    if problem is not None or quote is None:
        return unmarked(position, problem)
    fresh = replace(position, mark_price=quote.last_price, marked_at=quote.at)
    return MarkedPosition(position=fresh)


def unmarked(position: Position, problem: MarkProblem | None) -> MarkedPosition:
    if position.status is PositionStatus.CLOSED:
        return MarkedPosition(position=position)
    without = replace(position, mark_price=None, marked_at=None)
    return MarkedPosition(position=without, problem=problem)


def _problem(position: Position, quote: Quote | None, rules: MarkRules) -> MarkProblem | None:
    symbol = position.contract.symbol
    if quote is None:
        return MarkProblem(
            code=MarkFault.NOT_QUOTED, sentence=f"The market shows no quote of {symbol}."
        )
    if quote.last_price is None:
        return MarkProblem(
            code=MarkFault.NEVER_TRADED, sentence=f"{symbol} has not been traded today."
        )
    if not rules.oldest(position.contract.exchange) <= quote.at <= rules.now + _AHEAD:
        return MarkProblem(
            code=MarkFault.QUOTE_STALE,
            sentence=f"The last quote of {symbol} is of {quote.at.isoformat()}.",
        )
    return None
