"""What an account must be like beyond its shape. Pure; every problem is named at once."""

import ipaddress
import re
from collections.abc import Collection, Iterator
from urllib.parse import SplitResult, urlsplit

from lambda_functions.broker_accounts.account_edits import (
    AccountChanges,
    AccountSpec,
    Credentials,
)
from shared_utils.domain.broker_accounts import BrokerAccount, BrokerName, Egress, EgressMode
from shared_utils.domain.errors import Problem, RuleBroken

MOST_ACCOUNTS = 25
# Its last label is a word, so no spelling of a number passes for a name.
_HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_INSIDE = (".internal", ".local", ".lan", ".home", ".corp", ".test", ".invalid")


def require_supported(name: BrokerName, supported: Collection[BrokerName], *, paper: bool) -> None:
    """Raises RuleBroken that names the brokers there are."""
    there_are = [each for each in supported if paper or each is not BrokerName.PAPER]
    if name not in there_are:
        names = ", ".join(there_are)
        raise RuleBroken(
            f"Accounts at {name} are not supported; supported: {names}.",
            code="BROKER_NOT_SUPPORTED",
            details=[Problem("broker_name", f"must be one of {names}")],
        )


def problems_of(spec: AccountSpec) -> Iterator[Problem]:
    yield from _egress_problems(spec.egress)
    credentials = spec.credentials
    if spec.broker_name is not BrokerName.PAPER:
        for name in ("api_key", "api_secret"):
            if getattr(credentials, name) is None:
                yield Problem(name, "is required for this broker")
        return
    yield from _paper_problems(credentials, spec.egress)
    if spec.capital <= 0:
        yield Problem("capital", "must be more than 0: it is what a paper account starts with")


def problems_of_changes(account: BrokerAccount, changes: AccountChanges) -> Iterator[Problem]:
    if changes.egress is not None:
        yield from _egress_problems(changes.egress)
    if account.broker_name is BrokerName.PAPER:
        yield from _paper_problems(changes.credentials, changes.egress or account.egress)
    elif changes.credentials.any and not changes.credentials.both:
        missing = "api_key" if changes.credentials.api_key is None else "api_secret"
        yield Problem(missing, "is required together with the other")


def _paper_problems(credentials: Credentials, egress: Egress) -> Iterator[Problem]:
    for name in ("api_key", "api_secret"):
        if getattr(credentials, name) is not None:
            yield Problem(name, "is not used by a paper account")
    if egress.mode is EgressMode.PROXY:
        yield Problem("egress.mode", "must be DIRECT: a paper account sends nothing")


def _egress_problems(egress: Egress) -> Iterator[Problem]:
    if egress.mode is EgressMode.DIRECT:
        if egress.proxy_url is not None:
            yield Problem("egress.proxy_url", "belongs to mode PROXY")
        return
    if egress.proxy_url is None:
        yield Problem("egress.proxy_url", "is required in mode PROXY")
        return
    problem = _proxy_problem(egress.proxy_url)
    if problem:
        yield Problem("egress.proxy_url", problem)


def _proxy_problem(url: str) -> str | None:
    """Only `http(s)://host:port` of a public host: our functions open no doors to the inside.

    A name that resolves to an inner address is not seen here; the functions run outside of any
    private network, so there is nothing to reach.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "must look like https://proxy.example.com:3128"
    if "@" in parts.netloc:
        return "may not carry a user name or password: it is kept and shown in clear"
    if not _is_plain(parts) or not port:
        return "must look like https://proxy.example.com:3128"
    return None if _is_public(host) else "must name a public host"


def _is_plain(parts: SplitResult) -> bool:
    extra = parts.path.strip("/") or parts.query or parts.fragment
    return parts.scheme in {"http", "https"} and not extra


def _is_public(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _HOST_NAME.fullmatch(host) is not None and not host.endswith(_INSIDE)
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner.is_global and not inner.is_multicast
