"""Sends a server many requests of all kinds, checks every answer, and watches its memory.

    python -m Benchmarks.serve.soak [--requests 1000000] [--seconds 3600] [--reload-every 30]
        needs: numpy, Pillow; the command effnet with its weights (effnet pull lite0)

The server is started, and ended at last while requests run. Good requests must get the answers of
effnet classify, embed and run on the same files, bit by bit; status 503 is allowed. A part of the
requests is hostile, or comes from clients that vanish. The verdict also needs: no other status of 500
or more, no lost request, and memory, descriptors and threads that do not grow. The exit code is 0 if
everything holds.
"""
import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

try:
    from . import hostile, mixture
    from .cases import Cases, Wrong
except ImportError as error:
    sys.exit(f"{error}: install numpy and Pillow in a venv")

from ..common import effnet
from .client import LOST, NO_CONNECTION, TIMEOUT, Connection
from .server import Server

PATIENCE = 5  # seconds for an answer
WARM_UP = 0.2  # share of the run whose memory does not count
WINDOW = 0.1  # share of the run whose median memory counts
GROWTH = {False: 5, True: 10}  # MB that the memory may grow, without and with reloads
SHOWN = 20  # failures of a kind
END_CODES = (0, 128 + signal.SIGTERM, -signal.SIGTERM)


class Client:
    """Sends one request after the other over a connection, and opens the next one when it is closed."""

    def __init__(self, host, port):
        self.host, self.port, self.connection, self.answer = host, port, None, None

    async def send(self, request):
        """Returns status, head and body; a status may be a word of client.py."""
        if not self.connection or not self.connection.is_usable:
            self.connection = Connection(lambda connection, *answer: self.answer.set_result(answer))
            self.connection.open(self.host, self.port)
        self.answer = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(PATIENCE, self.connection.give_up)
        self.connection.send(request)
        answer = await self.answer
        timer.cancel()
        return answer

    def close(self):
        if self.connection:
            self.connection.close()


class Soak:
    def __init__(self, options, server, cases, attacks):
        self.options, self.server, self.cases, self.attacks = options, server, cases, attacks
        self.generator = random.Random(options.seed)
        self.weights = [case.weight for case in cases.all]
        self.sent = self.reloads = self.vanished = 0
        self.statuses, self.kinds, self.failures = Counter(), Counter(), {}
        self.failure_count, self.samples = Counter(), []
        self.is_over = False

    def fail(self, kind, text):
        self.failure_count[kind] += 1
        found = self.failures.setdefault(kind, [])
        if len(found) < SHOWN:
            found.append(text)
            print(f"failed: {kind}: {text}", file=sys.stderr, flush=True)

    # MARK: One request

    def judge(self, case, status, head, body):
        """Checks the answer of a good request."""
        self.statuses[status] += 1
        self.kinds[case.name] += 1
        if status == 503:
            return
        if status not in case.statuses:
            self.fail("status", f"{case.name}: {status} {body[:200].decode(errors='replace')}")
            return
        if b"\r\nx-request-id:" not in head.lower():
            self.fail("header", f"{case.name}: no X-Request-Id")
        try:
            case.check(head, body)
        except Wrong as wrong:
            self.fail("wrong answer", f"{case.name}: {wrong}")
        except Exception as error:  # an answer of an unexpected form
            self.fail("wrong answer", f"{case.name}: {type(error).__name__}: {error}: {body[:200]!r}")

    async def attack(self, one):
        status = await hostile.answer(one, self.server.host, self.server.port, PATIENCE)
        self.kinds["hostile"] += 1
        self.statuses[f"hostile: {status}"] += 1
        if not (status in hostile.ALLOWED or status == "closed" and one.may_close or status == 200 and one.may_succeed):
            self.fail("hostile", f"{one.name}: {status}")

    async def one(self, client):
        share = self.generator.random()
        if share < self.options.hostile:
            await self.attack(self.generator.choice(self.attacks))
        elif share < self.options.hostile + self.options.vanish:
            case = self.generator.choices(self.cases.all, self.weights)[0]
            self.vanished += 1
            await hostile.vanish(case.request, self.server.host, self.server.port, self.generator)
        else:
            case = self.generator.choices(self.cases.all, self.weights)[0]
            self.judge(case, *await client.send(case.request))

    # MARK: Phases

    async def work(self):
        client = Client(self.server.host, self.server.port)
        while not self.is_over and self.sent < self.options.requests:
            self.sent += 1
            await self.one(client)
        client.close()

    async def watch(self):
        """Samples the server's process, reloads, and ends the run in time."""
        start, shown = time.monotonic(), 0
        reload = start + self.options.reload_every
        while not self.is_over:
            await asyncio.sleep(1)
            now = time.monotonic()
            if self.server.process.poll() is not None:
                self.fail("server", f"ended with exit code {self.server.process.returncode}: {self.server.last_message()}")
                self.is_over = True
                return
            self.samples.append({"seconds": round(now - start, 1), "sent": self.sent} | self.server.status())
            if self.options.reload_every and now >= reload:
                self.server.signal(signal.SIGHUP)
                self.reloads += 1
                reload = now + self.options.reload_every
            if now - start >= self.options.seconds:
                self.is_over = True
            if now - shown >= 60:
                shown, last = now, self.samples[-1]
                print(f"{last['seconds']:.0f} s, {self.sent} sent, {sum(self.failure_count.values())} failures, "
                      f"{last['memory']:.1f} MB, {last['descriptors']} descriptors, {last['threads']} threads",
                      file=sys.stderr, flush=True)

    async def warm_up(self):
        """Sends every request once, also the hostile ones, then waits until the server is idle."""
        client = Client(self.server.host, self.server.port)
        for case in self.cases.all:
            self.judge(case, *await client.send(case.request))
        client.close()
        for one in self.attacks:
            await self.attack(one)
        return await self.idle()

    async def idle(self, least=None):
        """Returns the sample of the idle server. Waits a little for descriptors to close."""
        for _ in range(20):
            await asyncio.sleep(0.5)
            found = self.server.status()
            if least and found["descriptors"] <= least["descriptors"]:
                break
        return found

    async def run(self):
        self.before = await self.warm_up()
        watcher = asyncio.create_task(self.watch())
        await asyncio.gather(*(self.work() for _ in range(self.options.connections)))
        self.is_over = True
        await watcher
        if self.server.process.poll() is None:
            self.after = await self.idle(self.before)
            await self.end_under_load()

    async def end_under_load(self):
        """Sends SIGTERM while all connections are busy. Each request sent before needs an answer."""
        ended, is_lost = None, []
        case = max(self.cases.all, key=lambda case: case.weight)

        async def work():
            client = Client(self.server.host, self.server.port)
            while True:
                sent = time.monotonic()
                status, head, body = await client.send(case.request)
                if status in (NO_CONNECTION, LOST, TIMEOUT):
                    is_lost.append(ended is None or sent < ended)
                    return
                self.judge(case, status, head, body)
        tasks = [asyncio.create_task(work()) for _ in range(self.options.connections)]
        await asyncio.sleep(1)
        ended = time.monotonic()
        self.server.signal(signal.SIGTERM)
        await asyncio.gather(*tasks)
        code = await asyncio.to_thread(self.server.process.wait, PATIENCE)
        self.seconds_to_end = time.monotonic() - ended
        if any(is_lost):
            self.fail("end", f"{sum(is_lost)} of {len(is_lost)} requests sent before SIGTERM got no answer")
        if code not in END_CODES:
            self.fail("end", f"exit code {code} after SIGTERM")

    # MARK: Verdict

    def growth(self):
        """Returns the growth of memory in MB from the end of the warm-up to the end."""
        count = len(self.samples)
        first = self.samples[int(count * WARM_UP):int(count * (WARM_UP + WINDOW)) + 1]
        last = self.samples[int(count * (1 - WINDOW)):]
        return median(sample["memory"] for sample in last) - median(sample["memory"] for sample in first)

    def verdict(self):
        """Adds failures of the whole run, and returns its figures."""
        growth = None
        if len(self.samples) >= 20:
            growth = self.growth()
            if growth > (limit := GROWTH[self.reloads > 0]):
                self.fail("memory", f"grew by {growth:.1f} MB; at most {limit} MB are allowed")
        if hasattr(self, "after"):
            for key in ("descriptors", "threads"):
                if self.after[key] > self.before[key]:
                    self.fail(key, f"{self.after[key]} when idle at the end, {self.before[key]} after the warm-up")
        answers = sum(count for status, count in self.statuses.items() if isinstance(status, int))
        if self.statuses[503] > answers / 2:
            self.fail("refusals", f"{self.statuses[503]} of {answers} requests were refused; use fewer connections")
        seconds = self.samples[-1]["seconds"] if self.samples else 0
        return {
            "requests": self.sent, "seconds": seconds, "answers": answers, "vanished": self.vanished,
            "hostile": self.kinds["hostile"], "reloads": self.reloads,
            "statuses": {str(status): count for status, count in self.statuses.most_common()},
            "kinds": dict(self.kinds.most_common()), "failures": dict(self.failure_count),
            "memory_growth_mb": None if growth is None else round(growth, 2),
            "largest": {key: max((sample[key] for sample in self.samples), default=None)
                        for key in ("memory", "descriptors", "threads")},
            "idle_before": self.before, "idle_after": getattr(self, "after", None),
            "seconds_to_end": round(getattr(self, "seconds_to_end", -1), 3),
        }


def arguments():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.serve.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--effnet", type=Path, default=effnet.COMMAND, help="the command (default: EFFNET, or .build/release/effnet)")
    parser.add_argument("--model", default="lite0", help="downloaded network (default: lite0)")
    parser.add_argument("--requests", type=int, default=1_000_000, help="number of requests (default: 1000000)")
    parser.add_argument("--seconds", type=float, default=6 * 3600, help="longest duration (default: 21600)")
    parser.add_argument("--connections", type=int, default=8, help="clients at the same time (default: 8)")
    parser.add_argument("--hostile", type=float, default=0.01, help="share of hostile requests (default: 0.01)")
    parser.add_argument("--vanish", type=float, default=0.02, help="share of clients that vanish (default: 0.02)")
    parser.add_argument("--reload-every", type=float, default=30, help="seconds between reloads; 0 for none (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random order (default: 1)")
    parser.add_argument("--option", action="append", default=[], help="another option of effnet serve; repeat it for several")
    parser.add_argument("--json", type=Path, help="file for the figures and a sample of each second")
    return parser.parse_args()


def sender(server):
    """Returns a function that sends one request and waits for the answer."""
    async def send(request):
        client = Client(server.host, server.port)
        answer = await client.send(request)
        client.close()
        return answer
    return lambda request: asyncio.run(send(request))


def main():
    options = arguments()
    effnet.COMMAND = options.effnet.resolve()
    good, damaged = mixture.make(effnet.ROOT / ".build/serve/mixture")
    side = json.loads(effnet.effnet("models", options.model, "--json"))["resolution"]
    command = [effnet.COMMAND, "serve", "--model", options.model, "--port", "0", "--port-file", "{port_file}", *options.option]
    with Server(lambda port: command) as server:
        host = f"{server.host}:{server.port}"
        cases = Cases(options.model, side, good, damaged, host)
        cases.add_first_answers(good[0], sender(server))
        photo = next(cases.files[path] for path in good if path.name == "300.jpg")
        soak = Soak(options, server, cases, hostile.attacks(options.model, photo, host))
        asyncio.run(soak.run())
    figures = soak.verdict()
    if options.json:
        options.json.write_text(json.dumps(figures | {"failed": soak.failures, "samples": soak.samples}, indent=1) + "\n")
    print(json.dumps(figures, indent=1))
    print("everything holds" if not soak.failures else
          "failed: " + ", ".join(f"{count} × {kind}" for kind, count in soak.failure_count.items()))
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
