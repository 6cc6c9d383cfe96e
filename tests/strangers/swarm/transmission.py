"""Transmission: seeds v1. Version 3 takes no key of no letters in a torrent, and
so no hybrid at all (every `file tree` has such keys); it also refuses peers of
127.0.0.1 that a tracker names, so that the other side has to call it."""

import base64
import json
import os
import re
import subprocess
import urllib.error
import urllib.request

from .process import Child, Failed, free_port, program

SETTINGS = {
    "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "dht-enabled": False,
    "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
    "port-forwarding-enabled": False, "rpc-bind-address": "127.0.0.1",
    "rpc-authentication-required": False, "rpc-host-whitelist-enabled": False,
    "rpc-whitelist": "127.0.0.1", "ratio-limit-enabled": False, "encryption": 0,
}


def reads_hybrids():
    said = subprocess.run([program("transmission-daemon"), "--version"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    version = re.search(rb"(\d+)\.", said)
    return version is None or int(version[1]) >= 4


class Seeder:
    def __init__(self, torrent, folder, log, deadline):
        self.torrent, self.folder, self.deadline = torrent, folder, deadline
        self.rpc_port, self.port = free_port(), free_port()
        profile = f"{log}.profile"
        os.makedirs(profile)
        settings = {**SETTINGS, "rpc-port": self.rpc_port, "peer-port": self.port,
                    "download-dir": str(folder)}
        with open(os.path.join(profile, "settings.json"), "w") as file:
            json.dump(settings, file)
        arguments = [program("transmission-daemon"), "--foreground", "--config-dir", profile]
        self.child = Child(arguments, log)
        self.session = ""

    def __enter__(self):
        self.child.__enter__()
        try:
            self.add()
        except BaseException:
            self.child.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.child.__exit__()

    def add(self):
        with open(self.torrent, "rb") as file:
            metainfo = base64.b64encode(file.read()).decode()
        arguments = {"metainfo": metainfo, "download-dir": str(self.folder)}
        self.deadline.wait("transmission to answer", lambda: self.ask("session-get"))
        if not self.ask("torrent-add", **arguments):
            raise Failed("transmission does not take the torrent")
        self.deadline.wait("transmission to seed", self.is_seeding)

    def is_seeding(self):
        self.child.check()
        answer = self.ask("torrent-get", fields=["status", "percentDone", "errorString"])
        torrents = answer["torrents"] if answer else []
        return torrents and torrents[0]["percentDone"] == 1 and torrents[0]["status"] == 6

    def ask(self, method, **arguments):
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        url = f"http://127.0.0.1:{self.rpc_port}/transmission/rpc"
        request = urllib.request.Request(
            url, body, {"X-Transmission-Session-Id": self.session})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5) as response:
                answer = json.load(response)
                return answer["arguments"] if answer["result"] == "success" else None
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            self.session = error.headers["X-Transmission-Session-Id"]
            return self.ask(method, **arguments)
        except OSError:
            self.child.check()
            return None
