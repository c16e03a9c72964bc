"""The played market as a test turns it: its clock, its faults, and its broker's own books."""

import time
from datetime import datetime
from typing import Any

import urllib3
from kiteconnect import KiteConnect

from local.market import Market
from shared_utils.clock import OFFSET_AGE_S

_READER_SECRET = "reader-secret"


class PlayedMarket(Market):
    """A `Market` that can also be set back and made to fail."""

    def start_over(self, at: datetime, *, keeps_faults: bool = False) -> None:
        """Any time, empty books, no faults unless they are kept. Returns when no function goes by a
        reading of the clock from before any more: they live in processes of their own.
        """
        if not keeps_faults:
            self._call("DELETE", "/admin/faults")
        self._call("POST", "/clock", {"now": at.isoformat(), "reset": True})
        time.sleep(OFFSET_AGE_S + 0.05)

    def switch_on(self, kind: str, **fields: Any) -> str:
        """A fault of simulator/faults.py; its id."""
        fault_id: str = self._call("POST", "/admin/faults", {"kind": kind, **fields})["fault_id"]
        return fault_id

    def times_left(self, fault_id: str) -> int | None:
        """How often a counted fault may still strike."""
        faults = {each["fault_id"]: each for each in self._call("GET", "/admin/faults")}
        left: int | None = faults[fault_id]["count"]
        return left

    def books_of(self, user_id: str) -> KiteConnect:
        """Kite's own client, signed in as the user by an app of its own: what really happened."""
        api_key = f"reader-of-{user_id}"
        self.add_app(
            api_key=api_key,
            api_secret=_READER_SECRET,
            user_id=user_id,
            redirect_url="http://127.0.0.1:9/",
        )
        client = KiteConnect(api_key=api_key, root=self.url)
        sent_to = urllib3.util.parse_url(
            self.log_in(f"{self.url}/connect/login?v=3&api_key={api_key}")
        )
        token = dict(pair.split("=", 1) for pair in (sent_to.query or "").split("&"))
        client.generate_session(token["request_token"], api_secret=_READER_SECRET)
        return client
