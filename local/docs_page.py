"""`python -m local.docs_page --port 4580 --cloud URL`: the API's document as a page, on loopback.

Swagger UI comes from the locked packages and the page may load nothing from elsewhere, so it works
offline. "Try it out" calls this server, which hands the request on to the local cloud: one origin,
so that the answers of the gateway itself can be read too, and the platform's CORS settings need not
know of the page.
"""

import argparse
import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.addresses import local_addresses
from local.openapi import TARGET, TITLE
from local.ports import HOST

_METHODS = ["GET", "POST", "PUT", "DELETE"]
_HANDED_ON = ("authorization", "content-type", "idempotency-key")
_HANDED_BACK = ("content-type", "idempotent-replayed", "location")
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{TITLE}: the API</title>
  <link rel="icon" href="/static/favicon-32x32.png">
  <link rel="stylesheet" href="/static/swagger-ui.css">
</head>
<body>
  <div id="page"></div>
  <script src="/static/swagger-ui-bundle.js"></script>
  <script src="/page.js"></script>
</body>
</html>
"""
# A file of its own: the page's policy allows no inline script.
_SCRIPT = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  displayOperationId: true,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: true,
  validatorUrl: null,
});
"""


def make_app(cloud_url: str, *, document: Path = TARGET) -> Starlette:
    """The page, the document and the way to the local cloud's APIs."""
    addresses = local_addresses(cloud_url)
    http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=60), retries=False)

    async def hand_on(request: Request) -> Response:
        base = addresses.get(request.url.path.split("/")[1])
        if base is None:
            return _refusal(404, "NOT_FOUND", "There is no such route.")
        body = await request.body()
        return await run_in_threadpool(_handed_on, http, base, request, body)

    return Starlette(
        routes=[
            Route("/", _page),
            Route("/page.js", _script),
            Route("/openapi.json", _served(document)),
            Mount("/static", StaticFiles(directory=static_files())),
            Route("/{path:path}", hand_on, methods=_METHODS),
        ]
    )


def static_files() -> Path:
    """Where Swagger UI's files are. The package is found, not imported: it is an app for Django."""
    found = importlib.util.find_spec("drf_spectacular_sidecar")
    if found is None or found.origin is None:
        raise RuntimeError("Swagger UI's files are missing: run `make install`.")
    return Path(found.origin).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"


def _page(_: Request) -> Response:
    return HTMLResponse(_PAGE, headers=_POLICY)


def _script(_: Request) -> Response:
    return Response(_SCRIPT, media_type="text/javascript", headers=_POLICY)


def _served(document: Path) -> Any:
    def serve(_: Request) -> Response:
        """Read anew each time, so that `make openapi` shows without a restart."""
        described = json.loads(document.read_text(encoding="utf-8"))
        described["servers"] = [{"url": "/", "description": "The local platform"}]
        for operations in described["paths"].values():
            operations.pop("servers", None)
        return JSONResponse(described)

    return serve


def _handed_on(http: urllib3.PoolManager, base: str, request: Request, body: bytes) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["raw_path"].decode("ascii")
    headers = _chosen(request.headers, _HANDED_ON)
    try:
        answer = http.request(
            request.method,
            f"{base}{path}{query}",
            body=body or None,
            headers=headers,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError:
        sentence = f"The local cloud does not answer at {base}: is `make run` done?"
        return _refusal(502, "CLOUD_DOES_NOT_ANSWER", sentence)
    return Response(answer.data, answer.status, headers=_chosen(answer.headers, _HANDED_BACK))


def _chosen(headers: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: value for name in names if (value := headers.get(name)) is not None}


def _refusal(status: int, code: str, message: str) -> Response:
    error = {"code": code, "message": message, "details": [], "request_id": ""}
    return JSONResponse({"error": error}, status)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cloud", required=True, help="the local cloud's address")
    options = parser.parse_args(arguments)
    app = make_app(options.cloud)
    uvicorn.run(app, host=HOST, port=options.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
