"""qBittorrent without a window: libtorrent 2, v1, v2 and hybrids."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
import uuid

from .process import Child, Failed, free_port, program

SETTINGS = """[LegalNotice]
Accepted=true

[BitTorrent]
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\InterfaceAddress=127.0.0.1
Session\\LSDEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\PeXEnabled=false
Session\\Port={port}
Session\\QueueingSystemEnabled=false

[Network]
PortForwardingEnabled=false

[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\CSRFProtection=false
WebUI\\HostHeaderValidation=false
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
"""


class Client:
    """One instance with a profile of its own."""

    def __init__(self, log):
        self.port, self.web = free_port(), free_port()
        profile = f"{log}.profile"
        folder = os.path.join(profile, "qBittorrent", "config")
        os.makedirs(folder)
        with open(os.path.join(folder, "qBittorrent.conf"), "w") as file:
            file.write(SETTINGS.format(port=self.port))
        binary = program("qbittorrent-nox")
        self.child = Child([binary, f"--profile={profile}", f"--webui-port={self.web}"], log)

    def __enter__(self):
        self.child.__enter__()
        return self

    def __exit__(self, *_):
        self.child.__exit__()

    def start(self, deadline):
        deadline.wait("qBittorrent to answer", lambda: self.ask("app/version"))

    def add(self, torrent, folder, deadline):
        """Adds a torrent whose files are, or will be, in `folder`."""
        fields = {"savepath": str(folder), "autoTMM": "false", "contentLayout": "Original"}
        answer = self.ask("torrents/add", multipart(fields, torrent))
        if answer is None or b"Fails" in answer:
            raise Failed(f"qBittorrent does not take the torrent: {answer}")
        deadline.wait("qBittorrent to list the torrent", self.torrents)

    def torrents(self):
        self.child.check()
        answer = self.ask("torrents/info")
        return json.loads(answer) if answer else []

    def is_whole(self):
        torrents = self.torrents()
        if any(it["state"] in ("error", "missingFiles") for it in torrents):
            raise Failed(f"qBittorrent reports {torrents[0]['state']}")
        return torrents and all(it["progress"] == 1 and it["state"].endswith("UP")
                                and "checking" not in it["state"] for it in torrents)

    def call(self, other):
        """Connects to another instance."""
        hashes = "|".join(it["hash"] for it in self.torrents())
        form = {"hashes": hashes, "peers": f"127.0.0.1:{other.port}"}
        self.ask("torrents/addPeers", (urllib.parse.urlencode(form).encode(), None))

    def ask(self, what, form=None):
        body, kind = form or (None, None)
        headers = {"Content-Type": kind} if kind else {}
        url = f"http://127.0.0.1:{self.web}/api/v2/{what}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            request = urllib.request.Request(url, body, headers)
            with opener.open(request, timeout=10) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise Failed(f"qBittorrent answers {what} with {error.code}: {error.read()[:200]}")
        except OSError:
            self.child.check()
            return None


def multipart(fields, torrent):
    mark = uuid.uuid4().hex.encode()
    parts = [b"--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
             % (mark, name.encode(), value.encode()) for name, value in fields.items()]
    with open(torrent, "rb") as file:
        parts.append(b"--%s\r\nContent-Disposition: form-data; name=\"torrents\"; "
                     b"filename=\"x.torrent\"\r\nContent-Type: application/x-bittorrent"
                     b"\r\n\r\n%s\r\n" % (mark, file.read()))
    body = b"".join(parts) + b"--%s--\r\n" % mark
    return body, f"multipart/form-data; boundary={mark.decode()}"
