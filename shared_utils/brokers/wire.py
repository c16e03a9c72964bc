"""One HTTP exchange with a broker, and what is known when it fails.

* WireError
  x NotSent     no byte of the message left: no connection, no TLS, no proxy
  x NoAnswer    it may have arrived: timeout, reset, cut, too large, or not readable
* Refused       the broker's own structured answer says no

A `Send` is a plain function; tests pass their own. It sends once: it never retries and never
follows a redirect, whatever the method.
"""

import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import urllib3
from urllib3 import exceptions as faults

_PIECE = 64 * 1024
# An order book of 5,000 orders is about 4 MB, an instrument master about 10 MB.
LARGEST_ANSWER = 32 * 1024 * 1024
# A container works one account at a time, and may place several of its orders at once.
_SIDE_BY_SIDE = 8


class WireError(Exception):
    """Carries a constant sentence; never a URL, header or body, where secrets live."""


class NotSent(WireError):
    pass


class NoAnswer(WireError):
    pass


class Refused(Exception):
    """`error_type` is the broker's own word, `status` HTTP's."""

    def __init__(self, error_type: str, message: str, status: int) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """`headers` and `body` carry secrets, so they are left out of its repr."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"WireRequest({self.method} {self.url.partition('?')[0]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """`body` is already unpacked; `content_type` is in small letters, "" when missing."""

    status: int
    body: bytes
    content_type: str = "application/json"


Send = Callable[[WireRequest], WireAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds. `total_s` ends an answer that drips: it counts from the first byte asked."""

    connect_s: float = 2.0
    read_s: float = 7.0
    total_s: float = 9.0


class Connections:
    """Kept-alive connections, one pool per way out: direct, or each account's own proxy."""

    def __init__(self) -> None:
        self._pools: dict[str | None, urllib3.PoolManager] = {}

    def pool(self, proxy_url: str | None) -> urllib3.PoolManager:
        if proxy_url not in self._pools:
            self._pools[proxy_url] = (
                urllib3.ProxyManager(proxy_url, maxsize=_SIDE_BY_SIDE, retries=False)
                if proxy_url
                else urllib3.PoolManager(maxsize=_SIDE_BY_SIDE, retries=False)
            )
        return self._pools[proxy_url]


def http_send(
    pool: urllib3.PoolManager, patience: Patience, monotonic: Callable[[], float]
) -> Send:
    """A `Send` over real connections."""
    timeout = urllib3.Timeout(connect=patience.connect_s, read=patience.read_s)

    def send(request: WireRequest) -> WireAnswer:
        ends_at = monotonic() + patience.total_s
        try:
            answer = pool.urlopen(
                request.method,
                request.url,
                headers={**request.headers, "Accept-Encoding": "gzip"},
                body=request.body,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except faults.HTTPError as error:
            raise _fault(error) from error
        except (UnicodeError, ValueError) as error:
            raise NotSent("The message could not be put on the wire.") from error
        try:
            return _read(answer, ends_at, monotonic)
        except (faults.HTTPError, OSError, zlib.error) as error:
            answer.close()
            raise NoAnswer("The broker's answer was cut off.") from error
        except NoAnswer:
            answer.close()
            raise

    return send


def _fault(error: faults.HTTPError) -> WireError:
    """Only what certainly happened before the message left is NotSent."""
    if isinstance(error, faults.NewConnectionError | faults.ConnectTimeoutError):
        return NotSent("No connection to the broker.")
    if isinstance(error, faults.ProxyError):
        return NotSent("The account's proxy does not answer.")
    if isinstance(error, faults.SSLError) and _is_certificate(error):
        return NotSent("The broker's certificate is not valid.")
    if isinstance(error, faults.LocationValueError):
        return NotSent("The broker's address is not valid.")
    if isinstance(error, faults.ReadTimeoutError):
        return NoAnswer("The broker did not answer in time.")
    return NoAnswer("The connection to the broker broke.")


def _is_certificate(error: faults.SSLError) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)


def _read(
    answer: urllib3.BaseHTTPResponse, ends_at: float, monotonic: Callable[[], float]
) -> WireAnswer:
    # urllib3 itself raises when fewer bytes come than Content-Length announced.
    packed = bytearray()
    while piece := answer.read1(_PIECE, decode_content=False):
        packed += piece
        if len(packed) > LARGEST_ANSWER:
            raise NoAnswer("The broker's answer is larger than any answer can be.")
        if monotonic() > ends_at:
            raise NoAnswer("The broker's answer took too long.")
    answer.release_conn()
    encoding = answer.headers.get("Content-Encoding", "").lower()
    body = _unpacked(bytes(packed)) if encoding == "gzip" else bytes(packed)
    return WireAnswer(
        status=answer.status,
        body=body,
        content_type=answer.headers.get("Content-Type", "").lower(),
    )


def _unpacked(packed: bytes) -> bytes:
    """gzip, up to the same size as any other answer; a cut or endless stream is no answer."""
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    body = stream.decompress(packed, LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER or not stream.eof:
        raise NoAnswer("The broker's packed answer is cut off or too large.")
    return body
