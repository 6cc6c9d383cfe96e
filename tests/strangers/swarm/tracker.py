"""A tracker for one machine (BEP 3, BEP 23): who asks is told of all others."""

import http.server
import threading
import urllib.parse

from . import bencode


class Tracker:
    def __init__(self):
        self.peers = {}
        self.known = set()
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/announce"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def introduce(self, port):
        """Names a client to all others, whether or not it asks by itself."""
        with self.lock:
            self.known.add(port)

    def announce(self, query):
        infohash = query[b"info_hash"]
        port = int(query[b"port"])
        with self.lock:
            swarm = self.peers.setdefault(infohash, set())
            others = sorted((swarm | self.known) - {port})
            swarm.add(port)
        compact = b"".join(b"\x7f\x00\x00\x01" + other.to_bytes(2, "big") for other in others)
        return bencode.encode({b"interval": 2, b"min interval": 1, b"peers": compact})


def handler(tracker):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            _, _, query = self.path.partition("?")
            pairs = (pair.partition("=") for pair in query.split("&"))
            query = {key.encode(): urllib.parse.unquote_to_bytes(value) for key, _, value in pairs}
            try:
                answer = tracker.announce(query)
            except (KeyError, ValueError):
                answer = bencode.encode({b"failure reason": b"malformed request"})
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return Handler
