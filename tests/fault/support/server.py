"""A web server that misbehaves, for tests of addresses: it serves files from memory by ranges, and
lets a function choose a fault for each request.

    server = Server({"/a.tar": data})
    server.choose = lambda request: "cut" if request.number == 3 else None
    rodprep … server.address("/a.tar")
"""

import http.server
import socket
import ssl
import threading
import time

MODIFIED = "Sat, 01 Jan 2022 00:00:00 GMT"
# Each may pass: the next try is answered as it should be.
PASSING = (
    "cut",
    "nothing",
    "short",
    "long",
    "other range",
    "no range header",
    "torn range header",
    "whole",
    "408",
    "429",
    "500",
    "503",
    "slow",
)


class Request:
    def __init__(self, handler, number):
        self.number = number  # from 1
        self.path, _, self.query = handler.path.partition("?")
        self.range = handler.headers.get("Range", "")
        self.authorization = handler.headers.get("Authorization", "")
        self.headers = handler.headers


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, headers=(), body=b"", length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def do_GET(self):
        server = self.server.owner
        with server.lock:
            request = Request(self, len(server.requests) + 1)
            server.requests.append(request)
        fault = server.choose(request)
        if isinstance(fault, tuple):  # (status, headers)
            return self.answer(*fault)
        data = server.files.get(request.path)
        if data is None:
            return self.answer(404)
        marks = [("ETag", server.etag), ("Last-Modified", server.modified)]
        marks = [(name, value) for name, value in marks if value]
        if fault == "changed":
            marks = [("ETag", '"another"'), ("Last-Modified", MODIFIED)]
        if fault == "grown":
            data = data + b"x"
        if fault == "gzip":
            marks.append(("Content-Encoding", "gzip"))
        if fault in ("408", "429", "500", "503"):
            return self.answer(
                int(fault), [("Retry-After", server.retry_after)] if fault in ("429", "503") else []
            )
        if fault == "nothing":
            self.close_connection = True
            return None
        first, last = 0, len(data) - 1
        if request.range and server.ranges and fault != "whole":
            first, last = (int(part) for part in request.range.removeprefix("bytes=").split("-"))
            last = min(last, len(data) - 1)
            if first >= len(data):
                return self.answer(416, [("Content-Range", f"bytes */{len(data)}")])
            body = data[first : last + 1]
            shown = {
                "other range": f"bytes {first + 1}-{last}/{len(data)}",
                "torn range header": f"bytes {first}-/{len(data)}",
            }.get(fault, f"bytes {first}-{last}/{len(data)}")
            marks.append(
                ("Content-Range", shown) if fault != "no range header" else ("X-Nothing", "1")
            )
            status = 206
        else:
            body, status = data, 200
        if fault == "cut":
            self.close_connection = True
            return self.answer(status, marks, body[: (len(body) + 2) // 3], len(body))
        if fault == "short":
            return self.answer(status, marks, body[: len(body) // 2])
        if fault == "long":
            return self.answer(status, marks, body + b"more")
        if fault == "slow":
            self.answer(status, marks, body[:1000], len(body))
            time.sleep(0.3)
            self.wfile.write(body[1000:])
            return None
        if fault == "stall":
            self.answer(status, marks, body[: len(body) // 2], len(body))
            self.close_connection = True
            time.sleep(60)
            return None
        return self.answer(status, marks, body)

    def log_message(self, *_):
        pass


class ThreadingServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # the client went away


class Server:
    def __init__(self, files, certificate=None):
        self.files, self.requests, self.lock = files, [], threading.Lock()
        self.choose = lambda request: None
        self.ranges, self.etag, self.modified, self.retry_after = True, '"first"', MODIFIED, "0"
        self.http = ThreadingServer(("127.0.0.1", 0), Handler)
        self.http.owner = self
        self.scheme = "http"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def address(self, path, who="", host="127.0.0.1"):
        return f"{self.scheme}://{who}{host}:{self.http.server_port}{path}"

    def again(self, choose=lambda request: None):
        """Forgets the requests so far."""
        self.requests, self.choose = [], choose


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
