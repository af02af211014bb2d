"""A process that runs once for every line on its standard input, and says how long it took.

It prints lines of its own until "ready", or {"error": …}; then the milliseconds of a run for every line that it gets.
"""
import json
import os
import subprocess
import tempfile
import threading
import time

PATIENCE = 1200  # seconds for an answer, compiling included


class NotAvailable(Exception):
    """The process cannot take part: a package is missing, or an option is not known."""


class Contestant:
    def __init__(self, command, cwd=None):
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
            text=True, bufsize=1, cwd=cwd)
        self.times = []
        while (line := self.answer()).strip() != "ready":
            if not line:
                raise self.ended()
            if line.startswith("{") and (error := json.loads(line).get("error")):
                self.close()
                raise NotAvailable(error)
        self.last = self.run()

    def run(self):
        """The milliseconds of one run."""
        try:
            self.process.stdin.write("\n")
        except BrokenPipeError:
            raise self.ended() from None
        if not (line := self.answer()):
            raise self.ended()
        return float(line)

    def answer(self):
        """The next line; nothing if the process has ended, as it has to where none comes."""
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        return line

    def ended(self):
        """Why the process has ended: the last line of its messages, and its exit code (negative: a signal)."""
        code = self.process.wait()
        self.messages.seek(0)
        lines = [line.strip() for line in self.messages if line.strip()]
        return NotAvailable(f"{lines[-1]} (exit code {code})" if lines else f"ended with exit code {code}")

    def turn(self, is_warm=True):
        """One run that counts. It follows one that does not, which fetches into the caches what others have pushed out,
        unless runs take so long that it does not matter; and nobody else's turn comes before all threads of the process
        sleep."""
        if is_warm:
            self.run()
        self.last = self.run()
        self.times.append(self.last)
        self.wait_until_asleep()
        return self.last

    def wait_until_asleep(self, limit=0.5):
        """Threads look for more work for a while (some for milliseconds), on a processor that the next one needs."""
        end = time.monotonic() + limit
        quiet = 0
        while quiet < 3 and time.monotonic() < end:
            time.sleep(0.002)
            quiet = 0 if self.is_running() else quiet + 1

    def is_running(self):
        folder = f"/proc/{self.process.pid}/task"
        try:
            for task in os.listdir(folder):
                with open(f"{folder}/{task}/stat") as file:
                    if file.read().rsplit(")", 1)[1].split()[0] == "R":
                        return True
        except FileNotFoundError:  # a thread that has ended, or no /proc at all
            pass
        return False

    def processor_seconds(self):
        """What all its threads have taken since the start."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends the process; returns what it said last, for instance its own result."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        rest = self.process.stdout.read()
        self.process.wait()
        self.messages.close()
        return rest


def order(contestants, number):
    """The contestants as they come in a round: everybody comes after everybody else in the course of the rounds."""
    shift, step = number % len(contestants), -1 if number // len(contestants) % 2 else 1
    return (contestants[shift:] + contestants[:shift])[::step]
