"""What a subscription costs, in the words a subscriber reads."""

from shared_utils.domain.money import to_paisa
from shared_utils.domain.subscription_rules import LIVE
from shared_utils.domain.subscriptions import BasketSubscription


def billing_note(subscription: BasketSubscription) -> str:
    details = subscription.financial_details
    if subscription.subscription_status not in LIVE:
        unpaid = " An invoice is not settled yet." if details.unpaid_invoices else ""
        return f"Ended: nothing more is charged.{unpaid}"
    parts = []
    if details.monthly_fee:
        parts.append(f"{to_paisa(details.monthly_fee)} rupees a month, charged ahead")
    if details.performance_fee_percentage:
        share = f"{details.performance_fee_percentage.normalize():f} percent"
        parts.append(f"{share} of net profits above the high-water mark, after each month")
    if not parts:
        return "Free of charge."
    if not details.is_billed:
        return "Nothing is charged: billing was switched off when you subscribed."
    return f"{'; '.join(parts)}. A pause keeps the place and is billed."
