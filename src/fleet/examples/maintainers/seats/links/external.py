"""Web addresses, asked one at a time where project.conf allows it. Only a clear "it is not there" counts as dead."""

from __future__ import annotations

import ipaddress
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from urllib.parse import urldefrag, urlsplit

from turn import remember, remembered

CACHE = Path("work/external.json")
KEPT = timedelta(days=7)  # how long an answer holds
MOST = 200  # addresses asked in one turn
LIMIT_S = 10.0
WHOLE_S = 240.0  # all of them together
DEAD = (404, 410)
ALIVE, GONE, UNKNOWN = "alive", "dead", "not known"
Answer = tuple[str, str]


def check(
    urls: Iterable[str], now: datetime, ask: Callable[[str], Answer] | None = None
) -> dict[str, Answer]:
    """Return what is known of each address; those for which there was no time are left out."""
    cache = {url: row for url, row in remembered(CACHE).items() if is_young(row, now)}
    asked, ends = 0, monotonic() + WHOLE_S
    for url in sorted({urldefrag(url)[0] for url in urls}):
        if url in cache or asked >= MOST or monotonic() > ends:
            continue
        asked += 1
        outcome, why = (ask or ask_once)(url)
        if outcome != UNKNOWN:
            cache[url] = [outcome, why, now.isoformat()]
    remember(CACHE, cache)
    return {url: (row[0], row[1]) for url, row in cache.items()}


def is_young(row: object, now: datetime) -> bool:
    """Say whether a remembered answer still holds."""
    try:
        return isinstance(row, list) and now - datetime.fromisoformat(row[2]) < KEPT
    except (ValueError, IndexError, TypeError):
        return False


def ask_once(url: str) -> Answer:
    """Ask for the head, and for the page where a server does not give heads."""
    host = urlsplit(url).hostname or ""
    if not is_public(host):
        return UNKNOWN, "not a public address"
    for method in ("HEAD", "GET"):
        code, why = status(url, method)
        if code and code < 400:
            return ALIVE, ""
        if code in DEAD and method == "GET":
            return GONE, f"the server says {code}"
    return UNKNOWN, why


class _Public(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to a public address: what a page links to was written by strangers."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if urlsplit(newurl).scheme not in ("http", "https") or not is_public(urlsplit(newurl).hostname or ""):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def status(url: str, method: str) -> tuple[int, str]:
    """Return the status of one request, 0 and a reason where there was none."""
    try:
        request = urllib.request.Request(
            url, method=method, headers={"User-Agent": "fleet-maintainers-links"}
        )
        opener = urllib.request.build_opener(_Public, urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=LIMIT_S) as answer:
            return int(answer.status), ""
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, f"the server says {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return 0, f"no answer: {error.__class__.__name__}"


def is_public(host: str) -> bool:
    """Say whether every address of a host is one of the open network."""
    try:
        found = socket.getaddrinfo(host, None)
        return bool(found) and all(ipaddress.ip_address(row[4][0]).is_global for row in found)
    except (OSError, ValueError, UnicodeError):
        return False
