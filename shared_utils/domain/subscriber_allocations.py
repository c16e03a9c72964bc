"""What a subscriber's accounts trade of one strategy of the version he consented to.

    his lots x his lot multiplier, rounded down      never more than his account allows per order
    the publisher's limits in rupees x his risk multiplier

Who trades nothing trades nothing for a reason that is said: no lot is lost silently.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import ROUND_FLOOR, Decimal

from shared_utils.domain.allocations import AllocationStatus, StrategyBrokerAllocation
from shared_utils.domain.basket_versions import PublishedStrategy
from shared_utils.domain.broker_accounts import BrokerAccount
from shared_utils.domain.legs import StrategyLeg
from shared_utils.domain.money import PAISA, to_paisa
from shared_utils.domain.strategies import RiskConfig
from shared_utils.domain.subscriptions import BasketSubscription, StrategyOverride

# In rupees; a percentage of his own capital and the size of a position are no limits to scale.
_SCALED = (
    "max_loss_per_trade",
    "daily_loss_limit",
    "strategy_stop_loss",
    "strategy_target",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsNote:
    """Why an account trades fewer lots than were asked for, or none."""

    client_id: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberPlan:
    """`allocations` have the lots that are traded; without any, `reason` says why nothing is.
    `risk_config` is the publisher's, scaled.
    """

    allocations: tuple[StrategyBrokerAllocation, ...]
    risk_config: RiskConfig
    notes: tuple[LotsNote, ...] = ()
    reason: str | None = None


def subscriber_plan(
    subscription: BasketSubscription,
    strategy: PublishedStrategy,
    accounts: Mapping[str, BrokerAccount],
) -> SubscriberPlan:
    """`accounts` are the subscriber's by client id. Whether he may trade at all is asked before
    (`subscription_rules.may_trade`).
    """
    override = subscription.strategy_broker_overrides.get(strategy.strategy_id)
    if override is None:
        return _nothing(strategy, "The subscriber has named no broker account for this strategy.")
    if not override.enabled:
        return _nothing(strategy, "The subscriber has switched this strategy off.")
    active = [a for a in override.custom_allocations if a.status is AllocationStatus.ACTIVE]
    if not active:
        return _nothing(strategy, "None of the subscriber's accounts is active for this strategy.")
    judged = [_scaled(each, override, strategy.active_legs, accounts) for each in active]
    return SubscriberPlan(
        allocations=tuple(scaled for scaled, _ in judged if scaled is not None),
        risk_config=scaled_limits(strategy.risk_config, override.risk_multiplier),
        notes=tuple(note for _, note in judged if note is not None),
        reason=(
            "No account of the subscriber trades a lot of this strategy."
            if all(scaled is None for scaled, _ in judged)
            else None
        ),
    )


def multiplied_lots(lots: int, multiplier: Decimal) -> int:
    """Whole lots, never more than were meant."""
    return int((lots * multiplier).to_integral_value(rounding=ROUND_FLOOR))


def most_lots(account: BrokerAccount, legs: Sequence[StrategyLeg]) -> int | None:
    """So many that no leg's order is above what the account allows; None is not limited."""
    most = account.limits.max_lots_per_order
    if most is None:
        return None
    return min((most // leg.lots_multiple for leg in legs), default=most)


def scaled_limits(limits: RiskConfig, multiplier: Decimal) -> RiskConfig:
    """Rupees in paisa, never zero: a limit that is set stays one."""
    scaled = {name: _times(getattr(limits, name), multiplier) for name in _SCALED}
    locks = limits.lock_and_trail
    if locks is not None:
        rupees = {
            each.name: _times(getattr(locks, each.name), multiplier) for each in fields(locks)
        }
        locks = replace(locks, **rupees)  # type: ignore[arg-type]  # None where it was None
    return replace(limits, **scaled, lock_and_trail=locks)  # type: ignore[arg-type]  # the same


def _times(amount: Decimal | None, multiplier: Decimal) -> Decimal | None:
    return None if amount is None else max(to_paisa(amount * multiplier), PAISA)


def _scaled(
    allocation: StrategyBrokerAllocation,
    override: StrategyOverride,
    legs: Sequence[StrategyLeg],
    accounts: Mapping[str, BrokerAccount],
) -> tuple[StrategyBrokerAllocation | None, LotsNote | None]:
    client_id, asked = allocation.client_id, allocation.lots_per_execution
    account = accounts.get(client_id)
    if account is None:
        return None, LotsNote(client_id=client_id, sentence=f"{client_id} is no longer there.")
    meant = multiplied_lots(asked, override.lot_multiplier)
    allowed = most_lots(account, legs)
    lots = meant if allowed is None else min(meant, allowed)
    note = " ".join(_notes(client_id, asked, override.lot_multiplier, meant, lots))
    said = LotsNote(client_id=client_id, sentence=note) if note else None
    return (replace(allocation, lots_per_execution=lots) if lots else None), said


def _notes(client_id: str, asked: int, multiplier: Decimal, meant: int, lots: int) -> Iterator[str]:
    if meant != asked * multiplier:
        yield f"{asked} lots times {multiplier:f} are {meant} whole lots on {client_id}."
    if lots < meant:
        yield f"{client_id} allows {lots} of {meant} lots."


def _nothing(strategy: PublishedStrategy, reason: str) -> SubscriberPlan:
    return SubscriberPlan(allocations=(), risk_config=strategy.risk_config, reason=reason)
