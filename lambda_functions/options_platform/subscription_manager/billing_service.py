"""Posting what is due and collecting it: each period once, each rupee once.

time   ours                                        the provider
  |    invoice + ledger + subscription, together
  |    the attempt, with its key            ---->  asked once
  |    (no answer, or we died)              x---
  |    a later run finds the attempt        ---->  looked up under its key
  v    payment + ledger + subscription, together

Nothing is remembered between two writes, so whoever comes next goes on from what is stored.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from lambda_functions.options_platform.subscription_manager.fee_postings import (
    FeePolicy,
    Posting,
    closing,
    next_period,
)
from lambda_functions.options_platform.subscription_manager.settlements import (
    EXPIRED_SENTENCE,
    Case,
    Step,
    failure,
    failure_sentence,
    giving_up,
    grace_is_over,
    next_step,
    payment,
    setting_off,
    settlement_key,
)
from shared_utils.clock import Clock
from shared_utils.domain.errors import (
    Conflict,
    NotFound,
    Problem,
    RuleBroken,
    Unavailable,
    VersionMoved,
)
from shared_utils.domain.invoices import Invoice, asked
from shared_utils.domain.money import to_paisa
from shared_utils.domain.subscription_events import (
    PLATFORM,
    Cause,
    SubscriptionEventKind,
    event_of,
)
from shared_utils.domain.subscription_rules import LIVE
from shared_utils.domain.subscriptions import BasketSubscription, SubscriptionStatus
from shared_utils.payments.catalogue import PROVIDERS
from shared_utils.payments.ports import (
    Outcome,
    Paid,
    PaymentProvider,
    PaymentRequest,
    Pending,
)
from shared_utils.settings import Settings
from shared_utils.storage.baskets import Baskets, with_subscribers
from shared_utils.storage.billing_ledger import BillingLedger
from shared_utils.storage.clients import DynamoClient
from shared_utils.storage.invoices import Invoices
from shared_utils.storage.subscriptions import Subscriptions
from shared_utils.storage.writes import Write

logger = logging.getLogger(__name__)

# Ten years of periods at once, and more than any race needs.
_MOST_PERIODS = 120
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingService:
    subscriptions: Subscriptions
    invoices: Invoices
    ledger: BillingLedger
    baskets: Baskets
    provider: PaymentProvider
    clock: Clock
    policy: FeePolicy

    def bill_due(self, user_id: str, subscription_id: str, request_id: str) -> tuple[str, ...]:
        """Posts every period that has begun, in order, each in a transaction of its own; the ids
        of the invoices that were issued. One that has run out ends instead.

        `request_id` names the request or the run, here and below: audit records keep it.
        """
        issued: list[str] = []
        for _ in range(_MOST_PERIODS):
            subscription = self.subscriptions.get(user_id, subscription_id)
            now = self.clock.now()
            if subscription is None or not _is_due(subscription, now):
                break
            try:
                posting = self._begin(subscription, now, request_id)
            except VersionMoved:
                continue
            issued += [each.invoice_id for each in posting.invoices]
        return tuple(issued)

    def collect(self, user_id: str, invoice_id: str, request_id: str) -> None:
        """Does what is to be done about an invoice now. Raises Unavailable when the outcome of an
        attempt is unknown: it is looked up later.
        """
        for _ in range(_MOST_STEPS):
            case = self._case(user_id, invoice_id)
            now = self.clock.now()
            step = Step.NOTHING if case is None else next_step(case, now)
            if case is None or step is Step.NOTHING:
                return
            try:
                self._take(step, case, now, request_id)
            except VersionMoved:
                continue

    def collect_now(self, subscription: BasketSubscription, request_id: str) -> BasketSubscription:
        """All that is unpaid of it, at once; the subscription after it. What cannot be done now is
        left to the run.
        """
        for invoice_id in subscription.financial_details.unpaid_invoices:
            try:
                self.collect(subscription.user_id, invoice_id, request_id)
            except Unavailable as problem:
                extra = {"invoice_id": invoice_id, "reason": problem.message}
                logger.warning("collecting left to the run", extra=extra)
        user_id, subscription_id = subscription.user_id, subscription.subscription_id
        return self.subscriptions.get(user_id, subscription_id) or subscription

    def require_nothing_owed(self, before: BasketSubscription | None) -> None:
        """Raises Conflict INVOICE_UNPAID for who left without paying."""
        if before is None:
            return
        for invoice_id in before.financial_details.unpaid_invoices:
            invoice = self.invoices.get(before.user_id, invoice_id)
            if invoice is not None and invoice.amount_due > 0:
                raise Conflict(
                    f"{to_paisa(invoice.amount_due)} rupees of invoice {invoice_id} are unpaid: "
                    "they have to be paid before you subscribe to this basket again.",
                    code="INVOICE_UNPAID",
                )

    def record_payment(
        self, creator_id: str, invoice_id: str, amount: Decimal, reference: str
    ) -> Invoice:
        """Money that changed hands outside the platform, of an invoice of his own subscribers.

        Raises NotFound, Conflict ALREADY_SETTLED or PAYMENT_UNDER_WAY, RuleBroken for another
        amount than is due.
        """
        found = self.invoices.by_id(invoice_id)
        mine = found is not None and found.creator_id == creator_id
        case = self._case(found.user_id, invoice_id) if found is not None and mine else None
        if case is None:
            raise NotFound(f"There is no invoice {invoice_id}.")
        invoice = case.invoice
        if invoice.is_settled:
            raise Conflict("The invoice is settled already.", code="ALREADY_SETTLED")
        if invoice.is_under_way:
            raise Conflict(
                "The payment provider is being asked about this invoice; look again in some "
                "minutes.",
                code="PAYMENT_UNDER_WAY",
            )
        due = abs(invoice.amount_due)
        if amount != due:
            rule = f"must be {due}, all that is due"
            raise RuleBroken(
                f"The amount {rule}: a part of an invoice is not a payment of it.",
                details=[Problem("amount", rule)],
            )
        self._write(case.subscription, payment(case, reference, self.clock.now()))
        return self._known(invoice)

    def writes_of(self, posting: Posting) -> tuple[Write, ...]:
        """Entries and invoices, without the subscription: for its own transaction."""
        return (
            *(self.ledger.write_of(each) for each in posting.entries),
            *(self.invoices.write_of(each) for each in posting.invoices),
        )

    # -- below

    def _begin(self, subscription: BasketSubscription, now: datetime, request_id: str) -> Posting:
        due, expiry = subscription.financial_details.next_billing_date, subscription.expiry_date
        if expiry is not None and due is not None and expiry <= due:
            ended = replace(subscription, subscription_status=SubscriptionStatus.EXPIRED)
            return self._expire(subscription, closing(ended, self.policy, now), request_id)
        return self._write(subscription, next_period(subscription, self.policy, now))

    def _take(self, step: Step, case: Case, now: datetime, request_id: str) -> None:
        match step:
            case Step.SET_OFF:
                self._write(case.subscription, setting_off(case, now))
            case Step.GIVE_UP:
                self._give_up(case, now, request_id)
            case Step.ASK:
                begun = asked(case.invoice, now)
                self.invoices.save(begun)
                self._conclude(begun, self._ask(begun), request_id)
            case Step.LOOK_UP:
                known = self.provider.look_up(_request(case.invoice))
                self._conclude(case.invoice, known or self._ask(case.invoice), request_id)

    def _ask(self, invoice: Invoice) -> Outcome:
        request = _request(invoice)
        if invoice.amount_due < 0:
            return self.provider.refund(request)
        return self.provider.charge(request)

    def _conclude(self, begun: Invoice, outcome: Outcome, request_id: str) -> None:
        """Records the answer to an attempt; another process may have been quicker."""
        for _ in range(_MOST_STEPS):
            case, now = self._case(begun.user_id, begun.invoice_id), self.clock.now()
            if case is None or case.invoice.asking != begun.asking:
                self._compare(begun, outcome)
                return
            try:
                self._record(case, outcome, now, request_id)
            except VersionMoved:
                continue
            return

    def _record(self, case: Case, outcome: Outcome, now: datetime, request_id: str) -> None:
        if isinstance(outcome, Paid):
            self._write(case.subscription, payment(case, outcome.reference, now))
            return
        pending = isinstance(outcome, Pending)
        if pending and grace_is_over(case.invoice, now):
            self._give_up(case, now, request_id)
            return
        logger.warning("payment not made", extra={**_ids(case.invoice), "reason": outcome.reason})
        posting = failure(case, outcome.reason, self.policy, now, pending=pending)
        if pending:
            self._write(case.subscription, posting)
            return
        kind, sentence = SubscriptionEventKind.PAYMENT_FAILED, failure_sentence(posting)
        self._write_with_record(posting, kind, sentence, request_id)

    def _compare(self, begun: Invoice, outcome: Outcome) -> None:
        """Money that moved for an invoice that was settled otherwise needs a person."""
        if not isinstance(outcome, Paid):
            return
        key = settlement_key(begun.billing_key)
        entry = self.ledger.get(begun.subscription_id, key)
        if entry is None or entry.reference != outcome.reference:
            extra = {**_ids(begun), "reference": outcome.reference}
            logger.error("payment does not fit its invoice", extra=extra)

    def _give_up(self, case: Case, now: datetime, request_id: str) -> None:
        posting = giving_up(case, self.policy, now)
        if case.subscription.subscription_status in LIVE:
            self._expire(case.subscription, posting, request_id)
        else:
            self._write(case.subscription, posting)

    def _expire(self, before: BasketSubscription, posting: Posting, request_id: str) -> Posting:
        """With its audit record, and the basket's counts without this subscriber's place."""
        basket = self.baskets.get(before.basket_creator_id, before.basket_id)
        if basket is None:
            raise NotFound(f"There is no basket {before.basket_id}.")
        counted = with_subscribers(
            basket,
            subscribers=-1,
            invested=-before.performance_tracking.total_invested,
            at=self.clock.now(),
        )
        kind, sentence = SubscriptionEventKind.EXPIRED, EXPIRED_SENTENCE
        freed = self.baskets.write_of(counted)
        return self._write_with_record(posting, kind, sentence, request_id, freed)

    def _write(self, before: BasketSubscription, posting: Posting) -> Posting:
        """All of it or nothing: what was paid and earned needs no audit record but the ledger."""
        after = self._moved_on(posting)
        self.subscriptions.save_figures(before, after, *self.writes_of(posting))
        log_posting(posting)
        return posting

    def _write_with_record(
        self,
        posting: Posting,
        kind: SubscriptionEventKind,
        sentence: str,
        request_id: str,
        *also: Write,
    ) -> Posting:
        after = self._moved_on(posting)
        cause = Cause(actor=PLATFORM, request_id=request_id)
        record = event_of(after, kind, sentence, cause)
        self.subscriptions.save(after, record, *self.writes_of(posting), *also)
        log_posting(posting)
        return posting

    def _moved_on(self, posting: Posting) -> BasketSubscription:
        before = posting.subscription
        return replace(before, updated_at=self.clock.now(), version=before.version + 1)

    def _case(self, user_id: str, invoice_id: str) -> Case | None:
        invoice = self.invoices.get(user_id, invoice_id)
        if invoice is None:
            return None
        subscription = self.subscriptions.get(user_id, invoice.subscription_id)
        if subscription is None:
            raise NotFound(f"There is no subscription {invoice.subscription_id}.")
        ids = subscription.financial_details.unpaid_invoices
        found = (self.invoices.get(user_id, each) for each in ids if each != invoice_id)
        others = tuple(each for each in found if each is not None)
        return Case(invoice=invoice, subscription=subscription, others=others)

    def _known(self, invoice: Invoice) -> Invoice:
        return self.invoices.get(invoice.user_id, invoice.invoice_id) or invoice


def log_posting(posting: Posting) -> None:
    """A line for each entry: what was posted can be followed without reading the table."""
    for entry in posting.entries:
        extra = {
            "subscription_id": entry.subscription_id,
            "entry_key": entry.entry_key,
            "invoice_id": entry.invoice_id,
            "kind": entry.kind,
            "amount": str(entry.amount),
        }
        logger.info("ledger entry posted", extra=extra)


def billing_from(settings: Settings, client: DynamoClient, clock: Clock) -> BillingService:
    """As the environment has it."""
    ledger = BillingLedger(client, settings.billing_ledger_table)
    shards = settings.shard_count

    def recorded(request: PaymentRequest) -> str | None:
        entry = ledger.get(request.subscription_id, settlement_key(request.billing_key))
        return entry.reference if entry else None

    return BillingService(
        subscriptions=Subscriptions(
            client, settings.subscriptions_table, shards, settings.subscription_events_table
        ),
        invoices=Invoices(client, settings.invoices_table, shards),
        ledger=ledger,
        baskets=Baskets(client, settings.baskets_table),
        provider=PROVIDERS[settings.payment_provider](recorded),
        clock=clock,
        policy=FeePolicy(
            payment_method=settings.payment_provider.upper(),
            charges=settings.enable_subscription_billing,
            performance_fees=settings.allow_performance_fees,
            grace=timedelta(days=settings.billing_grace_days),
        ),
    )


def _is_due(subscription: BasketSubscription, now: datetime) -> bool:
    due = subscription.financial_details.next_billing_date
    return subscription.subscription_status in LIVE and due is not None and due <= now


def _request(invoice: Invoice) -> PaymentRequest:
    return PaymentRequest(
        key=invoice.asking or "",
        amount=abs(invoice.amount_due),
        user_id=invoice.user_id,
        subscription_id=invoice.subscription_id,
        invoice_id=invoice.invoice_id,
        billing_key=invoice.billing_key,
    )


def _ids(invoice: Invoice) -> dict[str, str]:
    return {
        "invoice_id": invoice.invoice_id,
        "subscription_id": invoice.subscription_id,
        "user_id": invoice.user_id,
    }
