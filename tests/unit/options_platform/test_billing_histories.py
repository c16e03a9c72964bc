"""Whatever history: the ledger adds up to the invoices and to the subscription's totals."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared_utils.domain.errors import Unavailable
from shared_utils.domain.money import ZERO
from shared_utils.domain.subscription_rules import LIVE
from tests.payment_providers import DECLINED, LOST, PAID, UNREACHED
from tests.unit.options_platform.billing_worlds import (
    BASKET,
    BOTH,
    MONTHLY,
    POLICY,
    SHARED,
    USER,
    World,
    promises,
)

ANSWERS = st.sampled_from([PAID, PAID, DECLINED, DECLINED, DECLINED, LOST, UNREACHED])


class Histories(RuleBasedStateMachine):
    """One subscriber, who comes and goes; nothing is due twice, whatever the provider says."""

    @initialize(day=st.integers(1, 31), hour=st.integers(0, 23))
    def begin(self, day, hour):
        self.world = World(at=datetime(2027, 1, day, hour, tzinfo=UTC))
        self.highest = ZERO
        self.profit = ZERO

    @property
    def subscription(self):
        from_table = self.world.subscriptions.mine(USER).items
        return from_table[0] if from_table else None

    @property
    def is_in(self):
        found = self.subscription
        return found is not None and found.subscription_status in LIVE

    @rule(terms=st.sampled_from([MONTHLY, SHARED, BOTH]))
    def join(self, terms):
        found = self.subscription
        unpaid = found.financial_details.unpaid_invoices if found else ()
        if not self.is_in and not unpaid:
            with contextlib.suppress(Unavailable):
                self.world.join(terms)

    @rule()
    def leave(self):
        if self.is_in:
            with contextlib.suppress(Unavailable):
                self.world.leave()

    @rule(change=st.decimals(min_value=-5000, max_value=5000, places=2))
    def earn(self, change):
        if self.is_in:
            self.profit += change
            self.highest = max(self.highest, self.profit)
            self.world.earns(self.profit)

    @rule(days=st.sampled_from([0.1, 1, 3, 7.5, 20, 31, 65]))
    def wait(self, days):
        self.world.pass_days(days)

    @rule(answers=st.lists(ANSWERS, min_size=1, max_size=6))
    def provider_will_say(self, answers):
        self.world.provider.script = list(answers)

    @rule(charges=st.booleans(), shares=st.booleans())
    def switch(self, charges, shares):
        self.world.policy = replace(POLICY, charges=charges, performance_fees=shares)

    @rule()
    def run(self):
        with contextlib.suppress(Unavailable):
            self.world.run()

    @invariant()
    def all_agrees(self):
        if self.subscription is None:
            return
        promises(self.world)
        self._no_day_is_charged_twice()
        entries = self.world.entries()
        shares = sum((each.performance_part for each in entries if each.kind == "CHARGE"), ZERO)
        # Ten percent of the highest profit there ever was, and half a paisa for each rounding.
        assert shares <= self.highest / 10 + Decimal("0.005") * len(entries)
        assert self.world.basket().subscriber_count == int(self.is_in)
        assert self.subscription.basket_id == BASKET

    def _no_day_is_charged_twice(self):
        """What was charged ahead and not given back covers each moment once."""
        entries = self.world.entries()
        ended = {each.billing_key[:4]: each.period_end for each in entries if each.kind == "LEFT"}
        fees = [each for each in entries if each.entry_key.endswith("CHARGE#MONTHLY_FEE")]
        spans = sorted(
            (
                each.period_start,
                min(each.period_end, ended.get(each.billing_key[:4], each.period_end)),
            )
            for each in fees
        )
        for before, after in pairwise(spans):
            assert before[1] <= after[0]

    def teardown(self):
        if not hasattr(self, "world") or self.subscription is None:
            return
        self.world.provider.script = []
        for _ in range(3):
            self.world.pass_days(1)
            with contextlib.suppress(Unavailable):
                self.world.run()
        self.all_agrees()
        # With a provider that answers, what it moved is what we wrote.
        details = self.subscription.financial_details
        assert self.world.provider.total() == details.total_fees_paid


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestHistories = Histories.TestCase
