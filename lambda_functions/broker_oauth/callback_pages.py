"""The callback's answer as a small page: a browser stands at the end of the broker's redirect.

No script, no style, no picture: the API's own Content-Security-Policy allows none.
"""

import html
import json
from collections.abc import Mapping
from typing import Any

_SUCCESS = 200
_HTML = "text/html; charset=utf-8"


def for_browser(event: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """`answer`, as a page where the request is a callback's and accepts one."""
    if not _wants_page(event):
        return answer
    page = _page(answer["statusCode"], json.loads(answer.get("body") or "{}"))
    headers = {**answer.get("multiValueHeaders", {}), "Content-Type": [_HTML]}
    return {**answer, "body": page, "multiValueHeaders": headers}


def _wants_page(event: Mapping[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    is_callback = str(event.get("path", "")).rstrip("/").endswith("/callback")
    return is_callback and "text/html" in str(headers.get("accept", ""))


def _page(status: int, body: Mapping[str, Any]) -> str:
    if status == _SUCCESS:
        title, sentence = "Connected", f"{body['client_id']}: {body['message']}"
    else:
        title, sentence = "Not connected", str(body.get("error", {}).get("message", ""))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1><p>{html.escape(sentence)}</p></body></html>"
    )
