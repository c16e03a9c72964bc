"""Stack 2: baskets, the marketplace, strategies, their legs and allocations, templates."""

from tests.authorization.answers import (
    ADMIN_ONLY,
    ADMINS_ONLY,
    DONE,
    DONE_WITHOUT,
    FOR_ALL_SIGNED_IN,
    HIDDEN,
    OWN_THINGS,
    OWNER_ONLY,
    Row,
    each,
)

_TO_SUBSCRIBERS = each(HIDDEN, subscriber=DONE, owner=DONE)
_TERMS = {"subscription_config": {"type": "FREE"}}
_ALLOCATION = {"client_id": "{client_id}", "lots_per_execution": 1}
# An own account is allocated once; a stranger's is not told apart from none.
_NO_SUCH_ACCOUNT = "422 RULE_BROKEN"
_LEG = {"expiry": "2026-08-11", "lots": 1, "premium": 110.5, "volatility": 12.4}
_LEGS = [
    {"option_type": "CE", "transaction_type": "SELL", "strike": 25200, **_LEG},
    {"option_type": "CE", "transaction_type": "BUY", "strike": 25400, **_LEG},
]
_OF_AN_INDEX = FOR_ALL_SIGNED_IN.but(missing="404 SYMBOL_UNKNOWN")
_QUESTION = {"symbol": "NIFTY", "legs": _LEGS}
_MODEL = {**_QUESTION, "spot": 25050}

BASKETS = {
    "listBaskets": OWN_THINGS.showing("basket_id").asking(query="limit=100"),
    "createBasket": OWN_THINGS,
    # Everybody sees a published basket; what is in it for subscribers only, they alone do.
    "getBasket": OWNER_ONLY.showing("strategy_id").but(
        published=DONE,
        subscribers_only=each(DONE_WITHOUT, subscriber=DONE, owner=DONE),
        withdrawn=each(HIDDEN, subscriber=DONE, owner=DONE),
    ),
    # What was published is kept for who follows it, however it is visible now.
    "listBasketVersions": OWNER_ONLY.but(
        published=_TO_SUBSCRIBERS, subscribers_only=_TO_SUBSCRIBERS, withdrawn=_TO_SUBSCRIBERS
    ),
    "updateBasket": OWNER_ONLY.asking(body={"name": "Renamed"}),
    "deleteBasket": OWNER_ONLY.but(published=each(HIDDEN, owner="409 PUBLISHED")),
    # A trader may not publish even what is his; somebody else's is not there, even for an admin.
    "publishBasket": OWNER_ONLY.but(own=each("403 ADMIN_ONLY", admin=DONE)).asking(body=_TERMS),
    "unpublishBasket": OWNER_ONLY.but(own=each("403 ADMIN_ONLY", admin=DONE)),
}
STRATEGIES = {
    "listStrategies": OWN_THINGS.showing("strategy_id").asking(query="limit=100"),
    "listBasketStrategies": OWNER_ONLY.showing("strategy_id"),
    "createStrategy": OWNER_ONLY,
    "getStrategy": OWNER_ONLY.showing("leg_id"),
    "updateStrategy": OWNER_ONLY.asking(body={"name": "Renamed"}),
    "deleteStrategy": OWNER_ONLY,
    "activateStrategy": OWNER_ONLY,
    "pauseStrategy": OWNER_ONLY,
    "listLegs": OWNER_ONLY.showing("leg_id"),
    "addLeg": OWNER_ONLY,
    "updateLeg": OWNER_ONLY,
    "removeLeg": OWNER_ONLY,
    "cloneStrategy": OWNER_ONLY.asking(body={"basket_id": "{basket_id}", "name": "Copy"}),
    "listTemplates": FOR_ALL_SIGNED_IN,
    "getTemplate": FOR_ALL_SIGNED_IN,
    "createFromTemplate": OWNER_ONLY.asking(
        body={"basket_id": "{basket_id}", "name": "Made", "symbol": "NIFTY"}
    ),
}
ALLOCATIONS = {
    "listStrategyAllocations": OWNER_ONLY.showing("allocation_id"),
    "addAllocations": OWNER_ONLY.but(mixed=_NO_SUCH_ACCOUNT).asking(body=[_ALLOCATION]),
    "updateAllocation": OWNER_ONLY.asking(body={"lots_per_execution": 2}),
    "removeAllocation": OWNER_ONLY,
    "configureBasketAllocations": OWNER_ONLY.but(mixed=_NO_SUCH_ACCOUNT).asking(
        body={"allocations": [_ALLOCATION]}
    ),
    "listAllocations": OWN_THINGS.showing("allocation_id").asking(query="limit=100"),
    "listAccountAllocations": OWNER_ONLY.showing("allocation_id").asking(query="limit=100"),
}
SUBSCRIPTIONS = {
    "browseMarketplace": OWN_THINGS,
    "listMarketplaceCategories": FOR_ALL_SIGNED_IN,
    "listFeaturedBaskets": OWN_THINGS,
    "subscribe": OWNER_ONLY.but(
        own="422 OWN_BASKET",
        published=each(DONE, subscriber="409 ALREADY_SUBSCRIBED", owner="422 OWN_BASKET"),
        subscribers_only=each(DONE, subscriber="409 ALREADY_SUBSCRIBED", owner="422 OWN_BASKET"),
        withdrawn=each(HIDDEN, owner="422 OWN_BASKET"),
    ).asking(body={"investment_amount": 0}),
    "listSubscriptions": OWN_THINGS.showing("subscription_id").asking(query="limit=100"),
    "getSubscription": OWNER_ONLY.showing("subscription_id"),
    "unsubscribe": OWNER_ONLY,
    "pauseSubscription": OWNER_ONLY.but(own=each(DONE, lapsed="409 SUBSCRIPTION_ENDED")),
    "resumeSubscription": OWNER_ONLY.but(own=each(DONE, lapsed="409 SUBSCRIPTION_ENDED")),
    "readVersionChanges": OWNER_ONLY,
    "consentToVersion": OWNER_ONLY.but(own=each(DONE, lapsed="409 SUBSCRIPTION_ENDED")).asking(
        body={"basket_version": 1}
    ),
    "listSubscriptionEvents": OWNER_ONLY,
    "setSubscriptionOverrides": OWNER_ONLY.but(
        own=each(DONE, lapsed="409 SUBSCRIPTION_ENDED")
    ).asking(body={"strategy_broker_overrides": {}}),
}
_PUBLISHERS = Row().but(none=each("403 ADMIN_ONLY", admin=DONE))
BILLING = {
    "listInvoices": OWN_THINGS.showing("invoice_id").asking(query="limit=100"),
    # A published basket's invoice is its subscriber's and its publisher's.
    "getInvoice": OWNER_ONLY.showing("invoice_id").but(
        published=each(HIDDEN, subscriber=DONE, owner=DONE)
    ),
    "listSubscribers": _PUBLISHERS,
    "getRevenue": _PUBLISHERS,
    # Who publishes the basket records it; for an admin who subscribes, his own is another's too.
    "recordPayment": Row().but(
        own=each("403 ADMIN_ONLY", admin=HIDDEN),
        foreign=each("403 ADMIN_ONLY", admin=HIDDEN),
        published=each("403 ADMIN_ONLY", admin=HIDDEN, owner="409 ALREADY_SETTLED"),
        missing=each("403 ADMIN_ONLY", admin=HIDDEN),
        other_kind=each("403 ADMIN_ONLY", admin=HIDDEN),
    ),
}
MARKET = {
    "getMarketStatus": FOR_ALL_SIGNED_IN,
    "listMarketHolidays": FOR_ALL_SIGNED_IN,
    "getExpiryCalendar": _OF_AN_INDEX,
    "getMarketData": _OF_AN_INDEX,
    "listStrikes": _OF_AN_INDEX,
    "getOptionChain": _OF_AN_INDEX,
    "getVolatility": _OF_AN_INDEX,
    "calculateBreakeven": FOR_ALL_SIGNED_IN.asking(body=_QUESTION),
    "calculateGreeks": FOR_ALL_SIGNED_IN.asking(body=_MODEL),
    "calculateMargin": OWNER_ONLY.asking(body={**_MODEL, "client_id": "{client_id}"}),
    "calculatePayoff": FOR_ALL_SIGNED_IN.asking(body=_MODEL),
    "calculatePremium": FOR_ALL_SIGNED_IN.asking(body=_MODEL),
    "listMarketDataFeeds": ADMIN_ONLY,
    "setMarketDataFeeds": Row()
    .but(
        own=each(ADMINS_ONLY, admin=DONE),
        foreign=each(ADMINS_ONLY, admin="422 FEED_UNUSABLE"),
        missing=each(ADMINS_ONLY, admin="422 FEED_UNUSABLE"),
    )
    .asking(body={"feeds": [{"client_id": "{zerodha_id}"}]}),
}

ROWS = {**BASKETS, **STRATEGIES, **ALLOCATIONS, **SUBSCRIPTIONS, **BILLING, **MARKET}
