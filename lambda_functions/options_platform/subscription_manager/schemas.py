"""The marketplace and subscriptions on the wire."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from lambda_functions.options_platform.subscription_manager.billing_notes import billing_note
from lambda_functions.options_platform.subscription_manager.followed_baskets import (
    Followed,
    WaitingChanges,
)
from lambda_functions.options_platform.subscription_manager.subscription_plans import (
    OverrideSpec,
    SubscriptionSpec,
)
from shared_utils.api.allocation_shapes import (
    MAX_ALLOCATIONS,
    AllocationRequest,
    AllocationResponse,
)
from shared_utils.api.basket_shapes import BasketResponse
from shared_utils.api.conversions import to_domain
from shared_utils.api.paging import PageQuery, PageResponse
from shared_utils.api.wire_types import (
    Amount,
    Figure,
    Flag,
    Instant,
    Percentage,
    RequestModel,
    ResponseModel,
    Rupees,
    SeenVersion,
    WholeNumber,
)
from shared_utils.domain.baskets import BasketCategory, FeeType
from shared_utils.domain.marketplace import FEATURED_RULE, BasketFilter, MarketplaceSort
from shared_utils.domain.subscription_events import SubscriptionEvent, SubscriptionEventKind
from shared_utils.domain.subscriptions import SubscriptionStatus

EXAMPLE_SUBSCRIPTION = {
    "investment_amount": 200000,
    "strategy_broker_overrides": {},
}
EXAMPLE_OVERRIDES = {
    "strategy_broker_overrides": {
        "stg_01JD9G5FAVRZ3NDEKTSV4RRFFQ": {
            "enabled": True,
            "custom_allocations": [
                {"client_id": "ZERODHA_CLIENT1", "lots_per_execution": 2, "priority": 1}
            ],
            "risk_multiplier": 0.5,
            "lot_multiplier": 0.5,
        }
    }
}

# Query parameters arrive as texts: pydantic reads numbers from them, the bounds are the same.
QueryFigure = Annotated[
    Decimal, Field(ge=-1_000_000, le=1_000_000, max_digits=20, allow_inf_nan=False)
]
QueryRupees = Annotated[
    Decimal, Field(ge=0, le=1_000_000_000_000, max_digits=20, allow_inf_nan=False)
]


class MarketplaceQuery(PageQuery):
    """What is left out does not narrow. `creator` is a creator's user id; `min_return` and
    `max_drawdown` in percent, `max_amount` in rupees: what a basket may ask for at least.

    A page may be shorter than `limit` and still have a next one.
    """

    cursor: Annotated[str, Field(min_length=1, max_length=8192)] | None = None
    sort: MarketplaceSort = MarketplaceSort.NEWEST
    category: BasketCategory | None = None
    creator: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    fee_type: FeeType | None = None
    min_return: QueryFigure | None = None
    max_drawdown: QueryFigure | None = None
    min_sharpe: QueryFigure | None = None
    min_subscribers: Annotated[WholeNumber, Field(ge=0, le=1_000_000_000)] | None = None
    max_amount: QueryRupees | None = None

    def to_filter(self) -> BasketFilter:
        return BasketFilter(
            category=self.category,
            creator_user_id=self.creator,
            fee_type=self.fee_type,
            min_total_return=self.min_return,
            most_drawdown=self.max_drawdown,
            min_sharpe_ratio=self.min_sharpe,
            min_subscribers=self.min_subscribers,
            most_required_amount=self.max_amount,
        )


class FeaturedResponse(ResponseModel):
    """`rule` says how they were chosen; nobody lists them by hand."""

    rule: str = FEATURED_RULE
    items: list[BasketResponse]


class CategoryResponse(ResponseModel):
    category: BasketCategory
    description: str


class CategoriesResponse(PageResponse[CategoryResponse]):
    """All categories; they always fit one page."""


_CATEGORIES = {
    BasketCategory.CONSERVATIVE: "Small, limited risks; steadiness before return.",
    BasketCategory.AGGRESSIVE: "Large returns sought, large losses possible.",
    BasketCategory.HEDGED: "Every sold option has a bought one: losses are limited.",
    BasketCategory.INCOME: "Premium is sold for regular income.",
    BasketCategory.MOMENTUM: "Follows moves of the index.",
}


def categories() -> CategoriesResponse:
    return CategoriesResponse(
        items=[
            CategoryResponse(category=category, description=_CATEGORIES[category])
            for category in BasketCategory
        ]
    )


class StrategyOverrideRequest(RequestModel):
    """The subscriber's say over one strategy: whether it trades for him and on which of his
    accounts. `lot_multiplier` scales his lots, down to whole ones; `risk_multiplier` the
    publisher's limits in rupees (0.5 is half).
    """

    enabled: Flag = True
    custom_allocations: Annotated[
        tuple[AllocationRequest, ...], Field(max_length=MAX_ALLOCATIONS)
    ] = ()
    risk_multiplier: Annotated[Percentage, Field(gt=0, le=10)] = Decimal(1)
    lot_multiplier: Annotated[Percentage, Field(gt=0, le=10)] = Decimal(1)


Overrides = Annotated[
    dict[Annotated[str, Field(max_length=64)], StrategyOverrideRequest], Field(max_length=100)
]


class SubscribeRequest(RequestModel):
    """`investment_amount` is what the subscriber means to trade the basket with, at least the
    basket's minimum. Overrides are by strategy id.
    """

    investment_amount: Rupees = Decimal("0.00")
    strategy_broker_overrides: Overrides = Field(default_factory=dict)

    def to_spec(self) -> SubscriptionSpec:
        return SubscriptionSpec(
            investment_amount=self.investment_amount,
            overrides=_overrides(self.strategy_broker_overrides),
        )


class OverridesRequest(RequestModel):
    """All overrides, by strategy id: what is not named here has none. `version`, when given, must
    be the stored one.
    """

    strategy_broker_overrides: Overrides
    version: SeenVersion | None = None

    def to_specs(self) -> dict[str, OverrideSpec]:
        return _overrides(self.strategy_broker_overrides)


def _overrides(asked: dict[str, StrategyOverrideRequest]) -> dict[str, OverrideSpec]:
    return {name: to_domain(each, OverrideSpec) for name, each in asked.items()}


class FinancialDetails(ResponseModel):
    """What was agreed and paid, in rupees. `total_fees_paid` is net of refunds; what is not
    `subscription_fee_paid` of it was a share of profits. No share is due below `high_water_mark`.
    """

    is_billed: bool
    monthly_fee: Amount
    high_water_mark: Amount
    unpaid_invoices: list[str]
    subscription_fee_paid: Amount
    performance_fee_percentage: Figure
    total_fees_paid: Amount
    next_billing_date: Instant | None
    payment_method: str | None


class StrategyOverride(ResponseModel):
    enabled: bool
    custom_allocations: list[AllocationResponse]
    risk_multiplier: Figure
    lot_multiplier: Figure


class StrategyResult(ResponseModel):
    pnl: Amount
    trades_count: int
    win_rate: Figure


class PerformanceTracking(ResponseModel):
    total_invested: Amount
    current_value: Amount
    total_return: Figure
    personal_sharpe_ratio: Figure
    max_drawdown: Figure
    fees_paid_to_date: Amount
    strategy_performance: dict[str, StrategyResult]


class SubscriptionResponse(ResponseModel):
    """`basket_version` is the published version he consented to, the one that trades for him;
    `latest_version` the latest published one, which waits for his consent if `consent_needed`.
    `billing_note` says what it costs; without a payment it ends at `expiry_date`.
    """

    user_id: str
    subscription_id: str
    basket_id: str
    basket_creator_id: str
    subscription_status: SubscriptionStatus
    subscription_date: Instant
    expiry_date: Instant | None
    financial_details: FinancialDetails
    billing_note: str
    strategy_broker_overrides: dict[str, StrategyOverride]
    performance_tracking: PerformanceTracking
    basket_version: int
    latest_version: int
    consent_needed: bool
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def from_domain(cls, followed: Followed) -> "SubscriptionResponse":
        return cls.model_validate(_shown(followed))


class ChangesResponse(ResponseModel):
    """What consent would change, sentence by sentence: from the version that trades for him to the
    latest. `dropped_overrides` are the ids of strategies whose overrides would go with them.
    """

    from_version: int
    to_version: int
    consent_needed: bool
    changes: list[str]
    dropped_overrides: list[str]

    @classmethod
    def from_domain(cls, waiting: WaitingChanges) -> "ChangesResponse":
        return cls.model_validate(waiting)


class ConsentRequest(RequestModel):
    """`basket_version` is the version whose changes were read: the latest."""

    basket_version: Annotated[WholeNumber, Field(ge=1)]


class ConsentResponse(SubscriptionResponse):
    """`dropped_overrides` are the ids of strategies that are gone, and his overrides with them."""

    dropped_overrides: list[str]


def to_consent(followed: Followed, dropped: Sequence[str]) -> ConsentResponse:
    shown = _shown(followed) | {"dropped_overrides": list(dropped)}
    return ConsentResponse.model_validate(shown)


def _shown(followed: Followed) -> dict[str, object]:
    stored = followed.subscription
    shown = {each.name: getattr(stored, each.name) for each in fields(stored)}
    return shown | {
        "billing_note": billing_note(stored),
        "latest_version": followed.latest_version,
        "consent_needed": followed.consent_needed,
    }


class SubscriptionEventResponse(ResponseModel):
    """An audit record: `number` is the subscription's version after the change, `actor` a user id
    or PLATFORM.
    """

    subscription_id: str
    number: int
    kind: SubscriptionEventKind
    user_id: str
    basket_id: str
    basket_version: int
    actor: str
    at: Instant
    sentence: str
    request_id: str

    @classmethod
    def from_domain(cls, event: SubscriptionEvent) -> "SubscriptionEventResponse":
        return cls.model_validate(event)


class HistoryPage(PageResponse[SubscriptionEventResponse]):
    """What was done with a subscription, the latest first, a page at a time."""


class SubscriptionPage(PageResponse[SubscriptionResponse]):
    """My subscriptions, those that have ended included, a page at a time."""
