"""The first quote source that answers, of several: feed accounts first, then the trader's own."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from shared_utils.domain.errors import MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange, OptionChain, Quote, Underlying
from shared_utils.indian_market_utils.symbols import InstrumentMaster
from shared_utils.market_data.ports import QuoteSource

logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")
OpenSource = Callable[[], QuoteSource]


class FailoverQuotes:
    """Sources are opened when their turn comes (opening decrypts a token). One that answered stays
    first for the life of this object; nothing of two sources is ever mixed in one answer.
    """

    def __init__(self, openers: Sequence[OpenSource]) -> None:
        """`openers` in the order to ask; each may raise Unavailable."""
        self._openers = tuple(openers)
        self._opened: dict[int, QuoteSource] = {}
        self._first = 0

    def chain(
        self,
        underlying: Underlying,
        expiry: date,
        *,
        around: Decimal | None = None,
        width: int = 40,
    ) -> OptionChain:
        return self._ask(lambda each: each.chain(underlying, expiry, around=around, width=width))

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return self._ask(lambda each: each.quotes(symbols))

    def spot(self, underlying: Underlying) -> Quote:
        return self._ask(lambda each: each.spot(underlying))

    def master(self, exchange: Exchange) -> InstrumentMaster:
        return self._ask(lambda each: each.master(exchange))

    def _ask(self, question: Callable[[QuoteSource], AnswerT]) -> AnswerT:
        if not self._openers:
            raise MarketDataUnavailable(
                "No broker session shows quotes: connect an account, or set a feed account."
            )
        problems = []
        for turn in range(len(self._openers)):
            place = (self._first + turn) % len(self._openers)
            try:
                answer = question(self._source(place))
            except Unavailable as problem:
                logger.warning(
                    "quote source does not answer",
                    extra={"source_number": place, "problem_code": problem.code},
                )
                problems.append(problem.message)
            else:
                self._first = place
                return answer
        raise MarketDataUnavailable(f"No quote source answers. The last said: {problems[-1]}")

    def _source(self, place: int) -> QuoteSource:
        if place not in self._opened:
            self._opened[place] = self._openers[place]()
        return self._opened[place]
