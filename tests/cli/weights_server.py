"""A web server that behaves as a bad network does, for tests.

    weights_server.py FOLDER PORT_FILE LOG CUTS

Serves FOLDER's files by ranges. Of the first CUTS answers only a part is sent, then the connection
is cut. Its port is written to PORT_FILE, one line for each request to LOG.
"""

import http.server
import os
import pathlib
import sys

folder, port_file, log, cuts = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
answers = 0


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global answers
        wanted = self.headers.get("Range", "")
        with open(log, "a") as lines:
            lines.write(f"{self.path} {wanted}\n")
        file = folder / pathlib.PurePosixPath(self.path).name
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first or 0), min(int(last or len(data)), len(data) - 1)
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        answers += 1
        rest = data[start : end + 1]
        self.wfile.write(rest[: len(rest) // 3] if answers <= cuts else rest)
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
pathlib.Path(port_file + ".new").write_text(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
