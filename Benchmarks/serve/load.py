"""Sends photos to a model server at random times, whatever its answers, and prints times and counts as JSON.

    python -m Benchmarks.serve.load http://127.0.0.1:8080 --photos photos/ --rate 300 --seconds 10 --health
    python -m Benchmarks.serve.load http://127.0.0.1:8080 --photos photos/ --connections 8 --requests 500

With --rate, requests come at the times of a Poisson process. Times are milliseconds from the moment when
a request was due until its answer was there. With --connections, each connection sends its next request
when it has the answer to the last one. Accepted are answers with status 200, refused those with 429 and
503; everything else failed. Goodput counts accepted answers within the limit.
"""
import argparse
import asyncio
import json
import random
import select
import selectors
import sys
import time
from urllib.parse import urlsplit

from . import bodies
from .figures import summary
from .loops import ClosedLoop, OpenLoop, poisson, regular

HEALTH_INTERVAL = 0.02  # seconds
HEALTH = "/v2/health/live"


class ExactSelector(selectors.EpollSelector):
    """Waits as long as asked, to microseconds. Python rounds epoll's time limit up to milliseconds."""

    def select(self, timeout=None):
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        select.select([self.fileno()], [], [], timeout)
        return super().select(0)


def run(coroutine):
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(ExactSelector())) as runner:
        return runner.run(coroutine)


async def open_loop(host, port, requests, rate, seconds, *, timeout=10.0, limit=0.5, seed=1, health=None,
                    most_connections=400, answered=None):
    """Sends random ones of the requests (bytes). `health` is a path to ask for beside the load.

    Returns the summary of both, with the processor time of this process.
    """
    arrivals, choice = poisson(rate, seconds, seed), random.Random(seed + 1)
    order = [choice.randrange(len(requests)) for _ in arrivals]
    load = OpenLoop(host, port, arrivals, lambda index: requests[order[index]], timeout, most_connections,
                    answered and (lambda index, *answer: answered(order[index], *answer)))
    probe = None
    if health:
        request = bodies.get(health).bytes(f"{host}:{port}")
        probe = OpenLoop(host, port, regular(HEALTH_INTERVAL, seconds), lambda _: request, timeout, 50)
    start = time.process_time()
    records = await asyncio.gather(load.run(), *([probe.run()] if probe else []))
    used = time.process_time() - start
    result = {"offered_per_second": rate} | summary(records[0], seconds, limit, used)
    if probe:
        result["health"] = summary(records[1], seconds, limit)
    return result


async def closed_loop(host, port, requests, connections, *, count=None, seconds=None, limit=0.5, answered=None):
    """Sends the requests (bytes) in turn over some connections. Returns the summary."""
    start = time.process_time()
    loop = ClosedLoop(host, port, connections, lambda index: requests[index % len(requests)], count, seconds,
                      answered)
    record = await loop.run()
    return summary(record, record.seconds, limit, time.process_time() - start)


FORMS = {
    "photo": lambda photo, model, side: bodies.photo(photo, model),
    "multipart": lambda photo, model, side: bodies.multipart([photo], model),
    "base64": lambda photo, model, side: bodies.base64_json([photo], model),
    "bytes": lambda photo, model, side: bodies.photo_tensor([photo], model),
    "raw": lambda photo, model, side: bodies.raw(photo, model),
    "tensor": lambda photo, model, side: bodies.float_tensor(bodies.random_images(1, side), model),
    "tensor-json": lambda photo, model, side: bodies.float_json(bodies.random_images(1, side), model),
}


def mixed(photos, mix, model, side, host):
    """Returns a request for each photo, in the forms of a mix such as {"photo": 8, "tensor": 2}."""
    forms = [name for name, weight in mix.items() for _ in range(weight)]
    return [FORMS[forms[index % len(forms)]](photo, model, side).bytes(host) for index, photo in enumerate(photos)]


def mix(text):
    """Parses "photo=8,tensor=2" as {"photo": 8, "tensor": 2}."""
    parts = [part.partition("=") for part in text.split(",")]
    for name, _, _ in parts:
        if name not in FORMS:
            raise argparse.ArgumentTypeError(f"{name!r} is not a form; expected some of {', '.join(FORMS)}")
    return {name: int(weight or 1) for name, _, weight in parts}


def arguments():
    parser = argparse.ArgumentParser(prog="python -m Benchmarks.serve.load", description=__doc__.splitlines()[0])
    parser.add_argument("server", help="such as http://127.0.0.1:8080")
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--mix", type=mix, default={"photo": 1}, metavar="FORM=WEIGHT,…",
                        help=f"forms of the requests: {', '.join(FORMS)} (default: photo)")
    parser.add_argument("--model", default="lite0", help="name of the network (default: lite0)")
    parser.add_argument("--side", type=int, default=224, help="side of its input images (default: 224)")
    loop = parser.add_mutually_exclusive_group(required=True)
    loop.add_argument("--rate", type=float, help="open loop: requests per second")
    loop.add_argument("--connections", type=int, help="closed loop: connections")
    parser.add_argument("--requests", type=int, help="end a closed loop after this many requests")
    parser.add_argument("--seconds", type=float, default=10, help="duration (default: 10)")
    parser.add_argument("--timeout", type=float, default=10, help="longest wait for an answer, in seconds (default: 10)")
    parser.add_argument("--limit", type=float, default=500, help="longest time of goodput, in milliseconds (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random times (default: 1)")
    parser.add_argument("--health", action="store_true", help=f"also ask for {HEALTH} every 20 ms, in an open loop")
    return parser.parse_args()


def main():
    options = arguments()
    server = urlsplit(options.server)
    host, port = server.hostname or "127.0.0.1", server.port or 80
    try:
        photos = [path.read_bytes() for path in bodies.photos_in(options.photos)]
    except FileNotFoundError as error:
        sys.exit(str(error))
    requests = mixed(photos, options.mix, options.model, options.side, f"{host}:{port}")
    if options.rate:
        work = open_loop(host, port, requests, options.rate, options.seconds, timeout=options.timeout,
                         limit=options.limit / 1000, seed=options.seed, health=HEALTH if options.health else None)
    else:
        seconds = None if options.requests else options.seconds
        work = closed_loop(host, port, requests, options.connections, count=options.requests, seconds=seconds,
                           limit=options.limit / 1000)
    try:
        print(json.dumps(run(work), indent=1))
    except ConnectionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
