"""One server's turn: start, throughput, one connection, 70 % and 200 % of its capacity, end."""
import json
import os
import resource
import subprocess
import time

from ..common import effnet
from ..common.machine import busy_seconds
from . import bodies
from .contestants import CONTESTANTS
from .figures import percentile
from .load import closed_loop, open_loop, run
from .loops import ClosedLoop
from .server import Server

CONNECTIONS = 8
WARM_UP = 100  # requests
ALONE = 300  # requests over one connection
LOW, HIGH = 0.7, 2.0  # of the capacity
PATIENCE = 0.5  # seconds after which a client has no use for an answer


def turn(name, model, side, paths, folder, seconds):
    """Returns all figures of one server."""
    contestant = CONTESTANTS[name]
    photos = [path.read_bytes() for path in paths]
    with Server(lambda port: contestant.command(model, folder, port), contestant.ready.format(model=model),
                effnet.ROOT) as server:
        requests = [contestant.form(photo, model).bytes(f"{server.host}:{server.port}") for photo in photos]

        def closed(connections, count):
            busy, used = busy_seconds(), server.processor_seconds()
            result = run(closed_loop(server.host, server.port, requests, connections, count=count))
            used = server.processor_seconds() - used
            if result["accepted"] != result["sent"]:
                raise RuntimeError(f"{contestant.name}: {result['failed']}, {result['refused']} refused over "
                                   f"{connections} connections")
            others = busy_seconds() - busy - used - result["cpu_seconds"]
            return result | {"server_cpu_seconds": used, "others_cpu_seconds": others}

        def opened(load, seed):
            return run(open_loop(server.host, server.port, requests, load * capacity, seconds, limit=PATIENCE,
                                 seed=seed, health=contestant.health))
        closed(CONNECTIONS, WARM_UP)
        full = closed(CONNECTIONS, len(requests))
        capacity = full["accepted_per_second"]
        result = {"server": name, "seconds_to_ready": server.seconds_to_ready, "full": full,
                  "alone": closed(1, min(ALONE, len(requests)))}
        if name == "effnet":
            result["overhead"] = overheads(server, photos, model, side)
        result["low"] = opened(LOW, 1)
        result["high"] = opened(HIGH, 2)
        result["memory"] = server.status()["memory"]
    return result


def classify(model, folder):
    """Returns the time of `effnet classify` for all photos of a folder, and its processor time."""
    command = [effnet.COMMAND, "classify", folder, "--model", model, "--json", "--quiet"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"server": "classify", "seconds": seconds, "server_cpu_seconds": used}


# MARK: Overhead

def overheads(server, photos, model, side):
    """Returns the median milliseconds that a request takes beyond decoding and computing, for each form."""
    images = bodies.random_images(1, side)
    own = {"JPEG": [bodies.photo(photo, model) for photo in photos],
           "base64 in JSON": [bodies.base64_json([photo], model) for photo in photos]}
    protocol = {"JPEG as BYTES": ([bodies.photo_tensor([photo], model) for photo in photos], True),
                "binary tensor": ([bodies.float_tensor(images, model)], False),
                "tensor in JSON": ([bodies.float_json(images, model)], False)}
    host = f"{server.host}:{server.port}"
    result = {}
    for form, requests in own.items():
        times, answers = one_by_one(server, [request.bytes(host) for request in requests], ALONE)
        result[form] = median_beyond(times, [of_answer(answer) for answer in answers])
    for form, (requests, decodes) in protocol.items():
        # The answers of the protocol have no times; the statistics before and after have.
        statistics = bodies.get(f"/v2/models/{model}/stats").bytes(host)
        pairs = [part for request in requests for part in (request.bytes(host), statistics)]
        times, answers = one_by_one(server, [statistics, *pairs * (-(-ALONE // len(requests)))][:2 * ALONE + 1],
                                    2 * ALONE + 1)
        totals = [of_statistics(answer, decodes) for answer in answers[::2]]
        result[form] = median_beyond(times[1::2], [after - before for before, after in zip(totals, totals[1:])])
    return result


def one_by_one(server, requests, count):
    """Sends requests over one connection. Returns the seconds and the body of each answer."""
    answers = []

    def answered(index, status, head, body):
        if status != 200:
            raise RuntimeError(f"status {status}: {body[:200].decode(errors='replace')}")
        answers.append(body)

    async def work():
        return await ClosedLoop(server.host, server.port, 1, lambda index: requests[index % len(requests)],
                                count, answered=answered).run()
    return run(work()).times, answers


def median_beyond(times, inside):
    return percentile([time - part for time, part in zip(times, inside)], 50) * 1000


def of_answer(body):
    timings = json.loads(body)["timings"]
    return (timings["decode_ms"] + timings["compute_ms"]) / 1000


def of_statistics(body, decodes):
    """Returns the seconds that all requests so far took to compute and, for photos, to decode."""
    found = json.loads(body)["model_stats"][0]["inference_stats"]
    return (found["compute_infer"]["ns"] + (found["compute_input"]["ns"] if decodes else 0)) / 1e9


def processors():
    return len(os.sched_getaffinity(0))
