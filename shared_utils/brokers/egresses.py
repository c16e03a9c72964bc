"""How an account's messages leave: order messages of an account that demands its registered
address leave by its proxy or not at all (decisions 6).
"""

from urllib.parse import urlsplit

from shared_utils.domain.broker_accounts import Egress, EgressMode


def proxy_of(egress: Egress) -> str | None:
    """The account's proxy; None when it leaves directly, or has none that can be used."""
    if egress.mode is EgressMode.DIRECT or egress.proxy_url is None:
        return None
    parts = urlsplit(egress.proxy_url)
    usable = parts.scheme in {"http", "https"} and parts.hostname
    return egress.proxy_url if usable else None


def may_order(egress: Egress) -> bool:
    """Whether order messages may leave at all; reads always may."""
    return egress.mode is EgressMode.DIRECT or proxy_of(egress) is not None
