"""Chains and index prices in the market-data-cache table: the last look, and the day's recording.

* `NIFTY`, `CHAIN#2026-12-01`: the last look at that chain, for MARKET_DATA_TTL_S;
* `NIFTY`, `SPOT`: the last look at the index, as long;
* `NIFTY#RECORDING#2026-11-23`, `2026-11-23T04:15Z#2026-12-01`: that minute's chain, for 400 days;
* `NIFTY#VOLATILITY`, `2026-11-23`: the day's volatility as it was last seen, for 400 days.

Four hundred days hold a year of sessions, which is what an IV rank is ranked among. The
last look is the whole chain (200 strikes, about 40 KB), the recording its 40 strikes nearest to the
spot (about 8 KB a minute): both far below the 400 KB that DynamoDB allows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from shared_utils.domain.instruments import OptionChain, Underlying
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.market_data.chains import CompactChain, compact, expand
from shared_utils.storage.market_cache import MarketCache

CHAIN = "OPTION_CHAIN"
PRICE = "UNDERLYING_PRICE"
VOLATILITY = "VOLATILITY"

RECORDED_FOR = timedelta(days=400)
# A whole chain fits one call of 500 symbols; what is recorded are the strikes near the money.
CHAIN_WIDTH = 200
RECORDED_WIDTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLook:
    """A chain and when we looked at the market (`taken_at`): its quotes may be older."""

    taken_at: datetime
    chain: CompactChain


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLook:
    """An index price, the exchange's time of it, and when we looked."""

    taken_at: datetime
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityOfDay:
    """The at-the-money volatility for thirty days, a fraction a year, as the day last showed it."""

    day: date
    volatility: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChains:
    """`wall_now` is the infrastructure's time, which alone decides what has expired."""

    cache: MarketCache
    wall_now: Callable[[], datetime]
    ttl_s: int

    def chain(
        self, underlying: Underlying, expiry: date, *, now: datetime, max_age_s: float
    ) -> OptionChain | None:
        """The last look, if it is no older than `max_age_s`; None when there is none such."""
        look = self.cache.get(ChainLook, underlying, _chain_key(expiry), wall_now=self.wall_now())
        if look is None or not _is_recent(look.taken_at, now, max_age_s):
            return None
        return expand(look.chain)

    def recorded(
        self, underlying: Underlying, expiry: date, day: date, *, now: datetime
    ) -> OptionChain | None:
        """That day's last recording of the chain, not of a minute after `now`; its 40 strikes."""
        found = self.cache.newest(
            CompactChain,
            _recording(underlying, day),
            up_to=f"{_minute(now)}~",
            ending=f"#{expiry.isoformat()}",
            wall_now=self.wall_now(),
        )
        return None if found is None else expand(found)

    def keep_chain(self, chain: OptionChain, *, now: datetime) -> None:
        """Raises ValueError for a chain that cannot be stored (see `chains.compact`)."""
        look = ChainLook(taken_at=now, chain=compact(chain))
        self.cache.put(
            chain.underlying,
            _chain_key(chain.expiry),
            look,
            data_type=CHAIN,
            at=now,
            expires_at=self._expires_at(),
        )

    def index(self, underlying: Underlying, *, now: datetime, max_age_s: float) -> IndexLook | None:
        look = self.cache.get(IndexLook, underlying, "SPOT", wall_now=self.wall_now())
        return look if look is not None and _is_recent(look.taken_at, now, max_age_s) else None

    def keep_index(self, underlying: Underlying, look: IndexLook) -> None:
        self.cache.put(
            underlying,
            "SPOT",
            look,
            data_type=PRICE,
            at=look.taken_at,
            expires_at=self._expires_at(),
        )

    # -- the recording

    def record(self, chain: OptionChain, *, now: datetime) -> None:
        """This minute's chain; a second tick of the minute writes over it."""
        self.cache.put(
            _recording(chain.underlying, ist_date(now)),
            f"{_minute(now)}#{chain.expiry.isoformat()}",
            compact(_near_the_spot(chain)),
            data_type=None,  # read day by day: an index of it would only cost
            at=now,
            expires_at=self.wall_now() + RECORDED_FOR,
        )

    def record_volatility(self, underlying: Underlying, seen: VolatilityOfDay) -> None:
        """The day's last word stands: each minute writes over the one before."""
        self.cache.put(
            f"{underlying}#VOLATILITY",
            seen.day.isoformat(),
            seen,
            data_type=VOLATILITY,
            at=seen.at,
            expires_at=self.wall_now() + RECORDED_FOR,
        )

    def volatilities(self, underlying: Underlying) -> tuple[VolatilityOfDay, ...]:
        """Of every recorded day, in order."""
        return self.cache.kept(
            VolatilityOfDay, f"{underlying}#VOLATILITY", wall_now=self.wall_now()
        )

    def _expires_at(self) -> datetime:
        return self.wall_now() + timedelta(seconds=self.ttl_s)


def _near_the_spot(chain: OptionChain) -> OptionChain:
    strikes = {row.contract.strike for row in chain.rows}
    near = set(sorted(strikes, key=lambda each: abs(each - chain.spot))[:RECORDED_WIDTH])
    return replace(chain, rows=tuple(row for row in chain.rows if row.contract.strike in near))


def _recording(underlying: Underlying, day: date) -> str:
    return f"{underlying}#RECORDING#{day.isoformat()}"


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _chain_key(expiry: date) -> str:
    return f"CHAIN#{expiry.isoformat()}"


def _is_recent(taken_at: datetime, now: datetime, max_age_s: float) -> bool:
    """A look of the future is no look of ours: market time was turned back."""
    return 0 <= (now - taken_at).total_seconds() <= max_age_s
