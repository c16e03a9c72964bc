"""What a request names: an index, an expiry. What there is not is answered with what there is."""

from datetime import date, datetime

from lambda_functions.options_platform.market_data_fetcher.near_expiries import live_expiries
from shared_utils.domain.errors import InvalidInput, NotFound, Problem, RuleBroken
from shared_utils.domain.instruments import Underlying
from shared_utils.indian_market_utils.expiries import EXPIRY_NOT_LISTED, Expiry
from shared_utils.indian_market_utils.facts import MarketFacts

SYMBOL_UNKNOWN = "SYMBOL_UNKNOWN"


def asked_index(symbol: str) -> Underlying:
    """Raises NotFound SYMBOL_UNKNOWN, naming the indices there are."""
    try:
        return Underlying(symbol.upper())
    except ValueError:
        known = ", ".join(Underlying)
        raise NotFound(
            f"There is no index of that name here; the indices are {known}.",
            code=SYMBOL_UNKNOWN,
            details=[Problem("symbol", f"must be one of {known}")],
        ) from None


def asked_date(text: str, field: str = "expiry") -> date:
    """Raises InvalidInput for anything but `2026-12-01`."""
    try:
        if len(text) == len("2026-12-01"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    problem = 'must be a date such as "2026-12-01"'
    raise InvalidInput(f"{field} {problem}.", details=[Problem(field, problem)])


def asked_expiry(
    facts: MarketFacts,
    underlying: Underlying,
    day: date,
    now: datetime,
    field: str = "expiry",
) -> Expiry:
    """The listed expiry of that day, not over yet.

    Raises RuleBroken EXPIRY_NOT_LISTED, naming the nearest ones there are.
    """
    live = live_expiries(facts, underlying, now)
    for expiry in live:
        if expiry.day == day:
            return expiry
    near = sorted(live, key=lambda each: abs((each.day - day).days))[:2]
    names = " and ".join(sorted(each.day.isoformat() for each in near))
    there_are = f"the nearest are {names}" if near else "none from today on is known yet"
    problem = f"{underlying} has no live expiry on {day.isoformat()}; {there_are}"
    raise RuleBroken(f"{problem}.", code=EXPIRY_NOT_LISTED, details=[Problem(field, problem)])
