"""A server that runs as a process of its own, and what /proc tells about it."""
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 120  # seconds until a server is ready


class NotStarted(Exception):
    """The server ended before it was ready, or was not ready in time."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server. `command(port)` returns its command line.

    If the command line has "{port_file}", the server chooses its port and writes it to that file.
    """

    def __init__(self, command, ready="/v2/health/ready", cwd=None, patience=PATIENCE):
        self.folder = tempfile.TemporaryDirectory()
        port_file = Path(self.folder.name) / "port"
        self.host, self.port = "127.0.0.1", free_port()
        command = [str(part) for part in command(self.port)]
        chooses = any("{port_file}" in part for part in command)
        command = [part.replace("{port_file}", str(port_file)) for part in command]
        self.messages = open(Path(self.folder.name) / "messages", "w+")
        start = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.messages,
                                        stderr=self.messages, cwd=cwd)
        self.pid = self.process.pid
        try:
            while chooses:
                if port_file.exists() and (text := port_file.read_text().strip()):
                    self.port, chooses = int(text), False
                self.check(start + patience)
            while not self.is_ready(ready):
                self.check(start + patience)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - start

    def check(self, end):
        if self.process.poll() is not None:
            raise NotStarted(f"{self.last_message()} (exit code {self.process.returncode})")
        if time.monotonic() > end:
            raise NotStarted(f"it was not ready in time: {self.last_message()}")
        time.sleep(0.005)

    def last_message(self):
        self.messages.flush()
        lines = [line.strip() for line in Path(self.messages.name).read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "no message"

    def is_ready(self, path):
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def get(self, path, method="GET"):
        """Returns status and body."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, patience=30):
        """Asks the server to end, and returns its exit code. What does not end is killed."""
        processes = self.processes()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        for pid in processes[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.messages.close()
        self.folder.cleanup()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    # MARK: What /proc tells, of the process and its children

    def processes(self):
        """Returns the process and all its descendants."""
        found, rest = [], [self.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    rest += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def processor_seconds(self):
        total = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def status(self):
        """Returns the resident memory in MB (10⁶ bytes), the open descriptors and the threads."""
        memory = descriptors = threads = 0
        for pid in self.processes():
            try:
                lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
                memory += int(lines["VmRSS"].split()[0]) * 1024 / 1e6
                threads += int(lines["Threads"])
                descriptors += len(os.listdir(f"/proc/{pid}/fd"))
            except (FileNotFoundError, ProcessLookupError, KeyError):
                continue
        return {"memory": memory, "descriptors": descriptors, "threads": threads}
