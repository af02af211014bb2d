"""A process that runs once for each line on its standard input and prints the time of the run.

It may print other lines first: facts about itself as JSON, or {"error": …}. Then it prints "ready",
and the milliseconds of a run for each input line.
"""
import json
import os
import subprocess
import tempfile
import threading
import time

PATIENCE = 1200  # seconds for an answer, including compilation


class NotAvailable(Exception):
    """The process cannot take part: a package is missing or an option is unknown."""


class Contestant:
    def __init__(self, command, cwd=None):
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
            text=True, bufsize=1, cwd=cwd)
        self.times, self.facts = [], {}
        while (line := self.answer()).strip() != "ready":
            if not line:
                raise self.ended()
            if line.startswith("{"):
                self.facts |= json.loads(line)
            if "error" in self.facts:
                self.close()
                raise NotAvailable(self.facts["error"])
        self.last = self.run()

    def run(self):
        """Runs once and returns the milliseconds."""
        try:
            self.process.stdin.write("\n")
        except BrokenPipeError:
            raise self.ended() from None
        if not (line := self.answer()):
            raise self.ended()
        return float(line)

    def answer(self):
        """Returns the next line, or "" if the process has ended. Without an answer, the process is killed."""
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        return line

    def ended(self):
        """Returns the error of an ended process: its last message and exit code (negative: a signal)."""
        code = self.process.wait()
        self.messages.seek(0)
        lines = [line.strip() for line in self.messages if line.strip()]
        return NotAvailable(f"{lines[-1]} (exit code {code})" if lines else f"ended with exit code {code}")

    def turn(self, is_warm=True):
        """Measures one run.

        A warm-up run fills the caches first, unless runs take so long that it does not matter. The
        turn ends when all threads of the process sleep.
        """
        if is_warm:
            self.run()
        self.last = self.run()
        self.times.append(self.last)
        self.wait_until_asleep()
        return self.last

    def wait_until_asleep(self, limit=0.5):
        """Waits while threads spin (some for milliseconds) on processors that the next process needs."""
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
        except FileNotFoundError:  # the thread has ended, or /proc does not exist
            pass
        return False

    def processor_seconds(self):
        """Returns the processor time of all threads since the start."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends the process and returns its last output, such as its result."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        rest = self.process.stdout.read()
        self.process.wait()
        self.messages.close()
        return rest


def order(contestants, number):
    """Returns the order of a round. Over the rounds, each contestant runs after each other one."""
    shift, step = number % len(contestants), -1 if number // len(contestants) % 2 else 1
    return (contestants[shift:] + contestants[:shift])[::step]
