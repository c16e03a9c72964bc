"""What the paper broker needs: a book to write in, and a market to trade on."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared_utils.domain.instruments import Exchange, Quote, Underlying
from shared_utils.domain.paper_accounts import PaperState
from shared_utils.indian_market_utils.symbols import InstrumentMaster


class PaperBook(Protocol):
    """Where paper accounts live. `account` is `<user_id>#<client_id>`."""

    def load(self, account: str) -> PaperState | None:
        """Consistent read; None when nothing was ever saved. `version` is the stored one."""
        ...

    def save(self, account: str, state: PaperState, expected_version: int) -> None:
        """Write if the stored version is `expected_version` (0: nothing there yet), as
        `expected_version + 1`. Raises VersionMoved otherwise.
        """
        ...


class PaperMarket(Protocol):
    """The quotes that paper orders trade on; every `market_data.ports.QuoteSource` has these.
    Raises MarketDataUnavailable.
    """

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]: ...

    def spot(self, underlying: Underlying) -> Quote: ...

    def master(self, exchange: Exchange) -> InstrumentMaster: ...
