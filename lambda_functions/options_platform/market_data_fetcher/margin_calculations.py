"""The margin of legs that a caller states: estimated, and by the broker of an own account."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lambda_functions.options_platform.market_data_fetcher.calculations import (
    Assumptions,
    ListedLeg,
    require_premiums,
)
from shared_utils.brokers.basket_margins import BrokerMargin, broker_margin
from shared_utils.brokers.ports import Broker
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName
from shared_utils.domain.errors import DomainError, NotFound
from shared_utils.domain.instruments import Contract, Side, Underlying
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.risk_calculations.margins import (
    MarginEstimate,
    MarginLeg,
    estimate_margin,
    margin_parameters_on,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLeg:
    """`quantity` in units, `price` in rupees per unit."""

    contract: Contract
    side: Side
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerMargins:
    """`account_of` reads and `broker_of` opens an account by user and client id."""

    account_of: Callable[[str, str], BrokerAccount | None]
    broker_of: Callable[[str, str], Broker]

    def of(self, user_id: str, client_id: str, legs: Sequence[ListedLeg]) -> BrokerMargin | str:
        """What the account's broker asks for the legs in their order, or why that is not known.

        Raises NotFound for an account that is missing or another's.
        """
        account = self.account_of(user_id, client_id)
        if account is None:
            raise NotFound(f"There is no broker account {client_id}.")
        if account.broker_name is BrokerName.PAPER:
            return f"{client_id} trades on paper: no broker asks a margin for it."
        try:
            return broker_margin(self.broker_of(user_id, client_id), priced_legs(legs))
        except DomainError as problem:
            logger.warning("no margin from a broker", extra={"problem_code": problem.code})
            return problem.message


def priced_legs(legs: Sequence[ListedLeg]) -> tuple[PricedLeg, ...]:
    """Raises RuleBroken NOT_ENOUGH_SAID for legs without a premium."""
    return tuple(
        PricedLeg(contract=leg.contract, side=leg.asked.side, quantity=leg.quantity, price=premium)
        for leg, premium in zip(legs, require_premiums(legs), strict=True)
    )


def estimated_margin(
    facts: MarketFacts,
    underlying: Underlying,
    legs: Sequence[ListedLeg],
    assumed: Assumptions,
    now: datetime,
) -> MarginEstimate:
    """In the order of the legs. Raises RuleBroken NOT_ENOUGH_SAID for legs without a premium."""
    today = ist_date(now)
    return estimate_margin(
        [
            MarginLeg(
                contract=priced.contract,
                side=priced.side,
                quantity=priced.quantity,
                premium=priced.price,
                years_to_expiry=leg.years,
                expires_today=priced.contract.expiry == today,
            )
            for leg, priced in zip(legs, priced_legs(legs), strict=True)
        ],
        spots={underlying: assumed.spot},
        rate=assumed.rate,
        parameters=margin_parameters_on(facts, today),
    )
