"""Tells the apps about their orders, as Kite does: a POST of the order, signed with the secret.

Off unless the world says otherwise. A postback that cannot be delivered is dropped: it was a hint.
"""

import asyncio
import hashlib
import logging
from collections import deque
from typing import Any

import msgspec
import urllib3

from simulator.accounts import Registration
from simulator.kite_wire import order_row
from simulator.orders import FINAL, SimulatedOrder, Status, Step
from simulator.world import World

logger = logging.getLogger(__name__)

_TIMEOUT = urllib3.Timeout(connect=1.0, read=3.0)
_MOST_WAITING = 10_000
_SILENT = frozenset(
    {
        Status.RECEIVED,
        Status.VALIDATION_PENDING,
        Status.OPEN_PENDING,
        Status.MODIFY_VALIDATION_PENDING,
        Status.MODIFY_PENDING,
        Status.CANCEL_PENDING,
    }
)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Postbacks:
    """Collects what changed; `deliver` sends it. One world's listener."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: deque[tuple[Registration, SimulatedOrder, Step]] = deque(
            maxlen=_MOST_WAITING
        )
        self._told: dict[str, int] = {}
        self._http = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)

    def note(self, order: SimulatedOrder) -> None:
        """Queues the steps that are news to the apps of the order's user."""
        told = self._told.get(order.order_id, 0)
        self._told[order.order_id] = len(order.steps)
        if not self._world.postbacks_on:
            return
        for app in self._world.registry.registrations.values():
            if app.user_id == order.user_id and app.postback_url:
                news = (step for step in order.steps[told:] if step.status not in _SILENT)
                self._waiting.extend((app, order, step) for step in news)

    async def deliver(self) -> None:
        """Sends what waits, in order, without holding the market up."""
        while self._waiting:
            app, order, step = self._waiting.popleft()
            body = _encoder.encode(payload(app, order, step))
            await asyncio.to_thread(self._post, app.postback_url, body)

    def _post(self, url: str, body: bytes) -> None:
        try:
            self._http.request("POST", url, body=body, headers={"content-type": "application/json"})
        except urllib3.exceptions.HTTPError:
            logger.info("A postback could not be delivered.", extra={"url": url})


def payload(app: Registration, order: SimulatedOrder, step: Step) -> dict[str, Any]:
    """The order as it was at that step; what is not an end is called UPDATE."""
    row = order_row(order, step)
    signed = f"{order.order_id}{row['order_timestamp']}{app.api_secret}"
    return row | {
        "user_id": order.user_id,
        "unfilled_quantity": row["pending_quantity"],
        "app_id": int(hashlib.sha256(app.api_key.encode()).hexdigest()[:6], 16),
        "status": step.status if step.status in FINAL else "UPDATE",
        "checksum": hashlib.sha256(signed.encode()).hexdigest(),
    }
