"""Serves the labelling page to this machine only, and to whoever knows the secret in its address.

Other users of the machine and web pages that the same browser shows cannot get at it: the address
has a random token, requests under another host name (DNS rebinding) or from another origin are
refused, and the paths that exist are a fixed list, so none of them is looked up on the disk.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from fer_ros.annotation.labels import ConflictError, LabelsError
from fer_ros.annotation.session import NotReadyError, Session

LOOPBACK = '127.0.0.1'
MAX_BODY = 4_000_000
TIMEOUT_S = 30.0
_BLOCK = 1 << 18
_STATIC = {
    '': ('index.html', 'text/html; charset=utf-8'),
    'annotate.js': ('annotate.js', 'text/javascript; charset=utf-8'),
    'labelling.js': ('labelling.js', 'text/javascript; charset=utf-8'),
    'timeline.js': ('timeline.js', 'text/javascript; charset=utf-8'),
    'annotate.css': ('annotate.css', 'text/css; charset=utf-8'),
}
_HEADERS = {
    'Content-Security-Policy': (
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': 'no-store',
}


class Server(ThreadingHTTPServer):
    """Listens on the loopback address; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, session: Session, port: int = 0) -> None:
        """Raises OSError where the port is taken."""
        super().__init__((LOOPBACK, port), _Handler)
        self.session = session
        self.token = secrets.token_urlsafe(24)
        self.hosts = {f'{host}:{self.server_port}' for host in (LOOPBACK, 'localhost')}

    @property
    def url(self) -> str:
        """The address of the page, with the secret."""
        return f'http://{LOOPBACK}:{self.server_port}/{self.token}/'


class _Refusal(Exception):
    """A request that gets another answer than it wanted."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = 'HTTP/1.1'
    server_version = 'fer_ros'
    sys_version = ''
    timeout = TIMEOUT_S

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_HEAD(self) -> None:
        self._answer(self._get)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the address is a secret."""

    def _answer(self, handle: Any) -> None:
        try:
            handle(self._place())
        except _Refusal as refusal:
            self.close_connection = True
            self._send_json({'error': str(refusal)}, refusal.status)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True  # a player that seeks drops what it asked for

    def _place(self) -> str:
        """The part of the path after the token, if everything about the request is right."""
        if self.headers.get_all('Host', []) not in [[host] for host in self.server.hosts]:
            raise _Refusal(HTTPStatus.FORBIDDEN, 'not for this host name')
        origin = self.headers.get('Origin')
        if origin is not None and origin not in {f'http://{host}' for host in self.server.hosts}:
            raise _Refusal(HTTPStatus.FORBIDDEN, 'not for another page')
        start, _, place = self.path.removeprefix('/').partition('/')
        if not hmac.compare_digest(start.encode(), self.server.token.encode()):
            raise _Refusal(HTTPStatus.NOT_FOUND, 'no such page')
        return place

    def _get(self, place: str) -> None:
        if place == 'session':
            self._send_json(self.server.session.content())
        elif place == 'film':
            self._send_film()
        elif place in _STATIC:
            name, kind = _STATIC[place]
            content = resources.files('fer_ros') / 'annotation' / 'static' / name
            self._send(HTTPStatus.OK, content.read_bytes(), kind)
        else:
            raise _Refusal(HTTPStatus.NOT_FOUND, 'no such page')

    def _put(self, place: str) -> None:
        if place != 'labels':
            raise _Refusal(HTTPStatus.NOT_FOUND, 'no such page')
        body = self._body()
        try:
            version = self.server.session.save(body.get('intervals'), body.get('version'))
        except NotReadyError as error:
            raise _Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
        except ConflictError as error:
            raise _Refusal(HTTPStatus.CONFLICT, str(error)) from error
        except LabelsError as error:
            raise _Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        except OSError as error:
            raise _Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f'not saved: {error}') from error
        self._send_json({'version': version})

    def _body(self) -> dict[str, Any]:
        if self.headers.get_content_type() != 'application/json':
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, 'expected application/json')
        length = self.headers.get('Content-Length', '')
        if not re.fullmatch(r'[0-9]{1,9}', length):
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, 'expected a Content-Length')
        if int(length) > MAX_BODY:
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f'more than {MAX_BODY} bytes')
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise _Refusal(HTTPStatus.BAD_REQUEST, 'not JSON') from error
        if not isinstance(body, dict):
            raise _Refusal(HTTPStatus.BAD_REQUEST, 'expected an object')
        return body

    def _send_film(self) -> None:
        """The film, or the part of it that a player asks for (RFC 9110, 14.2)."""
        try:
            path = self.server.session.film
        except NotReadyError as error:
            raise _Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
        with path.open('rb') as file:
            size = path.stat().st_size
            asked = _asked_for(self.headers.get('Range'), size)
            first, last = asked or (0, size - 1)
            if first > last:
                self._headers(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 'text/plain')
                self.send_header('Content-Range', f'bytes */{size}')
                self.end_headers()
                return
            status = HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK
            self._headers(status, last - first + 1, 'video/mp4')
            self.send_header('Accept-Ranges', 'bytes')
            if asked:
                self.send_header('Content-Range', f'bytes {first}-{last}/{size}')
            self.end_headers()
            if self.command == 'HEAD':
                return
            file.seek(first)
            left = last - first + 1
            while left and (block := file.read(min(left, _BLOCK))):
                self.wfile.write(block)
                left -= len(block)

    def _send_json(self, content: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, json.dumps(content).encode(), 'application/json')

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self._headers(status, len(body), kind)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def _headers(self, status: HTTPStatus, length: int, kind: str) -> None:
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(length))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header('Connection', 'close')


def _asked_for(value: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header, None where it is none that is understood."""
    match = re.fullmatch(r'bytes=([0-9]{0,15})-([0-9]{0,15})', value or '')
    if match is None or match.groups() == ('', ''):
        return None
    first, last = match.groups()
    if first == '':
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
