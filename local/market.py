"""The played market: its clock, its broker's apps and its login, over the simulator's HTTP."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3

from shared_utils.indian_market_utils.sessions import IST

_REDIRECT = 302


@dataclass(frozen=True)
class Market:
    """`url` of the simulator."""

    url: str
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5, read=60), retries=False
        )
    )

    def now(self) -> datetime:
        return datetime.fromisoformat(self._call("GET", "/clock")["now"]).astimezone(UTC)

    def india(self) -> str:
        """The market's time as a trader there reads it."""
        return self.now().astimezone(IST).strftime("%a %d %b %Y %H:%M:%S IST")

    def turn_to(self, at: datetime) -> None:
        """Forward only: a played day does not come back."""
        self._call("POST", "/clock", {"now": at.astimezone(UTC).isoformat()})

    def add_app(self, *, api_key: str, api_secret: str, user_id: str, redirect_url: str) -> None:
        self._call(
            "POST",
            "/admin/accounts",
            {
                "api_key": api_key,
                "api_secret": api_secret,
                "user_id": user_id,
                "redirect_url": redirect_url,
            },
        )

    def log_in(self, login_url: str) -> str:
        """What the trader's browser does: the broker's login page sends it back to the platform.
        Returns the address it is sent to.
        """
        answer = self.http.request(
            "GET", login_url, headers={"Accept": "application/json"}, redirect=False
        )
        if answer.status != _REDIRECT:
            raise RuntimeError(f"The broker's login answered {answer.status}: {answer.data!r}")
        return str(answer.headers["Location"])

    def follow(self, url: str) -> str:
        answer = self.http.request("GET", url, redirect=False)
        return f"{answer.status} {answer.data.decode()}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(
            method,
            f"{self.url}{path}",
            body=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's own line between good and bad
            raise RuntimeError(f"{method} {path} answered {answer.status}: {answer.data.decode()}")
        return json.loads(answer.data)
