"""Whatever two traders do in whatever order: counts are what is there, and they never meet."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lambda_functions.options_platform.strategy_manager import examples
from tests.api_events import OTHER, TRADER, Caller
from tests.unit.options_platform.conftest import Platform, a_condor, opened_platform

USERS = st.sampled_from([TRADER, OTHER])
PICK = st.integers(0, 5)


class Traders(RuleBasedStateMachine):
    """Each user's baskets, and in them strategies: id -> is it active."""

    @initialize()
    def begin(self):
        self.closing = opened_platform()
        self.platform: Platform = self.closing.__enter__()
        self.baskets: dict[str, dict[str, dict[str, bool]]] = {"user-1": {}, "user-2": {}}

    def teardown(self):
        if hasattr(self, "closing"):
            self.closing.__exit__(None, None, None)

    def a_basket(self, user: Caller, pick: int) -> str | None:
        known = list(self.baskets[user.user_id])
        return known[pick % len(known)] if known else None

    def a_strategy(self, user: Caller, pick: int) -> tuple[str, str] | None:
        known = [(b, s) for b, each in self.baskets[user.user_id].items() for s in each]
        return known[pick % len(known)] if known else None

    @rule(user=USERS)
    def make_basket(self, user: Caller):
        self.baskets[user.user_id][self.platform.basket(user)] = {}

    @rule(user=USERS, pick=PICK)
    def make_strategy(self, user: Caller, pick: int):
        basket = self.a_basket(user, pick)
        if basket is None:
            return
        path = f"/options/baskets/{basket}/strategies"
        reply = self.platform.call("POST", path, a_condor(), caller=user)
        held = self.baskets[user.user_id][basket]
        assert reply.status == (201 if len(held) < 3 else 422)
        if reply.status == 201:
            held[reply.body["strategy_id"]] = False
            brokers = f"/options/strategies/{reply.body['strategy_id']}/brokers"
            added = self.platform.call("POST", brokers, examples.ALLOCATIONS, caller=user)
            assert added.status == 201

    @rule(user=USERS, pick=PICK, action=st.sampled_from(["activate", "pause"]))
    def switch(self, user: Caller, pick: int, action: str):
        found = self.a_strategy(user, pick)
        if found:
            path = f"/options/strategies/{found[1]}/{action}"
            assert self.platform.call("POST", path, caller=user).status == 200
            self.baskets[user.user_id][found[0]][found[1]] = action == "activate"

    @rule(user=USERS, pick=PICK)
    def delete_strategy(self, user: Caller, pick: int):
        found = self.a_strategy(user, pick)
        if found:
            active = self.baskets[user.user_id][found[0]][found[1]]
            reply = self.platform.call("DELETE", f"/options/strategies/{found[1]}", caller=user)
            assert reply.status == (409 if active else 204)
            if not active:
                del self.baskets[user.user_id][found[0]][found[1]]

    @rule(user=USERS, pick=PICK)
    def delete_basket(self, user: Caller, pick: int):
        basket = self.a_basket(user, pick)
        if basket:
            held = self.baskets[user.user_id][basket]
            reply = self.platform.call("DELETE", f"/options/baskets/{basket}", caller=user)
            active = any(held.values())
            assert reply.status == (409 if active else 204)
            if not active:
                del self.baskets[user.user_id][basket]

    @rule(pick=PICK, action=st.sampled_from(["activate", "pause"]))
    def reach_for_anothers(self, pick: int, action: str):
        found = self.a_strategy(OTHER, pick)
        if found:
            path = f"/options/strategies/{found[1]}/{action}"
            assert self.platform.call("POST", path, caller=TRADER).status == 404

    @invariant()
    def counts_are_what_is_there(self):
        for user in (TRADER, OTHER):
            listed = self.platform.call("GET", "/options/baskets?limit=100", caller=user).body
            shown = {
                each["basket_id"]: (each["strategy_count"], each["active_strategy_count"])
                for each in listed["items"]
            }
            mine = self.baskets[user.user_id]
            assert shown == {b: (len(each), sum(each.values())) for b, each in mine.items()}
            mine_listed = self.platform.call(
                "GET", "/options/brokers/allocations?limit=100", caller=user
            ).body["items"]
            assert len(mine_listed) == 2 * sum(len(each) for each in mine.values())


Traders.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestTraders = Traders.TestCase
