"""A subscription and two months of its fees, through the deployed functions and their roles."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.api_client import Api
from tests.platforms import Platform, eventually

pytestmark = [pytest.mark.emulator, pytest.mark.iam]

BILLING_RUN = "subscription-manager-schedule"
TERMS = {"type": "PAID", "monthly_fee": 999}
# A month and a day after the platform's first morning, in the afternoon.
A_MONTH_LATER = datetime(2026, 9, 6, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def publisher(platform: Platform) -> Api:
    return platform.user("devika", is_admin=True)


@pytest.fixture(scope="module")
def subscriber(platform: Platform) -> Api:
    return platform.user("ravi")


@pytest.fixture(scope="module")
def basket_id(platform: Platform, publisher: Api) -> str:
    trader = platform.trader("devika")
    words = {"name": "Income", "category": "INCOME", "description": "A weekly condor."}
    basket_id: str = publisher.post("/options/baskets", words)["basket_id"]
    trader.condor(basket_id)
    publisher.post(f"/options/baskets/{basket_id}/publish", {"subscription_config": TERMS})
    return basket_id


def settled(api: Api, count: int) -> list[dict[str, Any]]:
    """So many invoices, all of them settled: an index shows them a moment later."""

    def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = api.get("/options/invoices")["items"]
        over = [each for each in found if each["status"] in {"PAID", "REFUNDED"}]
        return over if len(over) == len(found) == count else None

    return eventually(look, f"{count} invoices are settled")


def test_each_month_is_charged_once_and_the_days_that_are_left_come_back(
    platform: Platform, publisher: Api, subscriber: Api, basket_id: str
) -> None:
    made = subscriber.post(f"/options/baskets/{basket_id}/subscribe", {})
    assert made["financial_details"]["total_fees_paid"] == 999
    settled(subscriber, 1)

    platform.market.start_over(A_MONTH_LATER)
    platform.invoke(BILLING_RUN)
    platform.invoke(BILLING_RUN)
    latest, _ = settled(subscriber, 2)
    shown = subscriber.get(f"/options/invoices/{latest['invoice_id']}")
    assert {each["kind"] for each in shown["ledger_entries"]} == {"CHARGE", "PAYMENT"}

    path = f"/options/subscriptions/{made['subscription_id']}"
    subscriber.call("DELETE", path)
    by_total = sorted((each["total"], each["status"]) for each in settled(subscriber, 3))
    # Of 30 days two have begun.
    assert by_total == [(Decimal("-932.40"), "REFUNDED"), (999, "PAID"), (999, "PAID")]
    paid = subscriber.get(path)["financial_details"]["total_fees_paid"]
    assert paid == Decimal("1065.60")

    assert [
        (each["subscription_status"], each["total_fees_paid"])
        for each in publisher.get("/options/admin/subscribers")["items"]
    ] == [("CANCELLED", paid)]
    total = publisher.get("/options/admin/revenue?from=2026-08&to=2026-09")["total"]
    assert (total["collected"], total["open_amount"]) == (paid, 0)
