"""The examples as processes, for the tests that are not Rust: built by cargo, started on a port of the system's choice."""

import collections
import json
import os
import queue
import re
import signal
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 10  # seconds, for anything but the build


def build(name, *flags):
    """Builds an example; where cargo put it."""
    command = ["cargo", "build", "--locked", "-p", "ws-examples", "--example", name, "--message-format=json", *flags]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return next(each["executable"] for each in made if each.get("executable"))


class Example:
    """A program that listens where `WS_ADDR` says: on a port of the system's choice, or again on the one it had."""

    def __init__(self, program):
        self.program = program
        self.port = 0
        self.process = None
        self.log = collections.deque(maxlen=200)  # the last lines of its log

    def start(self):
        self.process = subprocess.Popen(
            [self.program],
            env={**os.environ, "WS_ADDR": f"127.0.0.1:{self.port}", "RUST_LOG": "info", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ports = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, ports), daemon=True).start()
        self.port = ports.get(timeout=PATIENCE)
        assert self.port, f"the example ended with {self.process.wait(PATIENCE)} before it listened"

    def _read(self, output, ports):
        for line in output:
            self.log.append(line)
            if found := re.search(r"listening on https?://127\.0\.0\.1:(\d+)", line):
                ports.put(int(found[1]))
        ports.put(0)

    def ended(self):
        """How it ended by itself, if it did."""
        return self.process.poll()

    def stop(self):
        """Asks it to go down, as a deployment would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("the example did not go down in time") from None
            finally:
                self.process = None
            assert code == 0, f"the example ended with {code}"

    def kill(self):
        """Ends it, whatever it is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None
