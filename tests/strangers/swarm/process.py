"""Programs that are started here and always ended again."""

import os
import shutil
import signal
import socket
import subprocess
import time


class Skipped(Exception):
    """A client is not installed."""


class Failed(Exception):
    """A client did not do what was asked."""


class Deadline:
    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def wait(self, what, ready, pause=0.2):
        """Asks `ready` until it gives something, or the time is over."""
        while True:
            answer = ready()
            if answer:
                return answer
            if self.left() == 0:
                raise Failed(f"not within the time: {what}")
            time.sleep(pause)


def program(*names):
    """The first of these programs that is installed."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Skipped(f"{' or '.join(names)} is not installed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Child:
    """A program with its output in a file; ended with its `with` block."""

    def __init__(self, arguments, log):
        self.log = log
        self.arguments = arguments

    def __enter__(self):
        self.out = open(self.log, "wb")
        # No proxy of the environment may come between a client and 127.0.0.1.
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.process = subprocess.Popen(
            self.arguments, stdin=subprocess.DEVNULL, stdout=self.out,
            stderr=subprocess.STDOUT, start_new_session=True, env=env)
        return self

    def __exit__(self, *_):
        self.stop()
        self.out.close()

    def stop(self):
        for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            if self.process.poll() is not None:
                return
            os.killpg(self.process.pid, number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                pass

    def check(self):
        """Fails when the program has ended by itself with an error."""
        code = self.process.poll()
        if code not in (None, 0):
            raise Failed(f"{self.arguments[0]} ended with {code}:\n{self.tail()}")
        return code

    def tail(self):
        with open(self.log, "rb") as file:
            return file.read()[-2000:].decode(errors="replace")
