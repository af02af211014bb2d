"""The results in Markdown: ratios and shares, because machines are shared and noisy."""
from dataclasses import dataclass
from statistics import median

from ..common import machine
from ..common.markdown import counted, table
from ..common.pages import fastest_table
from ..common.run import heading
from .contestants import CONTESTANTS, PEERS, WAIT_LIMIT
from .turn import CONNECTIONS, HIGH, LOW, PATIENCE


def values(run, server, *path):
    """Returns a figure of all rounds of a server: ("low", "accepted_ms", "p99"), for example."""
    found = []
    for result in run["results"]:
        if result["server"] == server:
            for key in path:
                result = result.get(key, {})
            if result != {}:
                found.append(result)
    return found


def middle(run, server, *path):
    """Returns the median of the rounds; None without a value."""
    found = values(run, server, *path)
    return median(found) if found else None


def percent(value):
    return f"{value * 100:.0f} %"


def number(value, form="{:.2f}"):
    if value is None:
        return "–"
    return form(value) if callable(form) else form.format(value)


def present(run):
    """Returns the servers that have a result."""
    return [name for name in CONTESTANTS if any(result["server"] == name for result in run["results"])]


# MARK: What must hold

@dataclass(frozen=True)
class Target:
    figure: str
    value: float
    limit: float
    is_most: bool = True

    @property
    def holds(self):
        return self.value <= self.limit if self.is_most else self.value >= self.limit


def targets(run):
    """Returns the figures of effnet serve that have a target."""
    def ours(*path):
        return middle(run, "effnet", *path)
    found = []

    def add(figure, value, limit, is_most=True):
        if value is not None:
            found.append(Target(figure, value, limit, is_most))
    if alone := values(run, "classify", "seconds"):
        add("throughput divided by that of `effnet classify`", median(alone) / ours("full", "seconds"), 0.95, False)
    for form, limit in (("JPEG", 0.4), ("JPEG as BYTES", 0.4), ("binary tensor", 0.6), ("tensor in JSON", 15)):
        add(f"overhead of a {form}, ms", ours("overhead", form), limit)
    if not ours("low", "accepted_ms", "p99"):
        return found
    add(f"p99 at {percent(LOW)} load divided by the time of a photo on one core",
        ours("low", "accepted_ms", "p99") / service_time(run), 6)
    add(f"goodput at {percent(HIGH)} load divided by the capacity", share(run, "effnet"), 0.97, False)
    if waits := ours("high", "accepted_ms", "p99"):
        add(f"p99 of accepted requests at {percent(HIGH)} load beyond the wait limit, ms", waits - WAIT_LIMIT, 25)
    add(f"p99 of refusals at {percent(HIGH)} load, ms", ours("high", "refused_ms", "p99"), 5)
    add(f"p99 of health checks at {percent(HIGH)} load, ms", ours("high", "health", "accepted_ms", "p99"), 10)
    return found


def service_time(run):
    """Returns the milliseconds that a photo takes one processor when all are busy."""
    return run["processors"] * 1000 / middle(run, "effnet", "full", "accepted_per_second")


def share(run, server):
    """Returns the goodput under overload, divided by the capacity.

    The generator works on the same processors, and more under overload. The capacity is that of the
    processors which it leaves.
    """
    left = [run["processors"] - middle(run, server, part, "cpu_share") for part in ("full", "high")]
    capacity = middle(run, server, "full", "accepted_per_second") * left[1] / left[0]
    return middle(run, server, "high", "goodput_per_second") / capacity


def target_table(run):
    return table(["figure", "measured", "target", ""],
                 [[target.figure, f"{target.value:.2f}", ("≤ " if target.is_most else "≥ ") + f"{target.limit:g}",
                   "holds" if target.holds else "**missed**"] for target in targets(run)])


# MARK: Other servers

RATIOS = [  # figure, its place in a result, whether larger is better
    (f"photos a second over {CONNECTIONS} connections", ("full", "accepted_per_second"), True),
    ("processor time of the server for a photo", ("full", "server_cpu_seconds"), False),
    ("p50 over one connection", ("alone", "accepted_ms", "p50"), False),
    (f"p50 at {percent(LOW)} of the own capacity", ("low", "accepted_ms", "p50"), False),
    (f"p99 at {percent(LOW)} of the own capacity", ("low", "accepted_ms", "p99"), False),
    ("resident memory", ("memory",), False),
]


def ratio_table(run):
    peers = [name for name in present(run) if name in PEERS]
    rows = []
    for figure, path, is_rate in RATIOS:
        ours, cells = middle(run, "effnet", *path), []
        for peer in peers:
            theirs = middle(run, peer, *path)
            cells.append(None if not ours or not theirs else ours / theirs if is_rate else theirs / ours)
        least = min((cell for cell in cells if cell), default=None)
        rows.append([figure, *map(number, cells), number(least)])
    return table(["figure", *(CONTESTANTS[peer].name for peer in peers), "fastest peer"], rows)


def overload_table(run):
    rows = []
    for name in present(run):
        high = ("high", "accepted_ms", "p99")
        sent, answered, refused = (middle(run, name, "high", key) for key in ("sent", "accepted", "refused"))
        failed = sent - answered - refused
        rows.append([CONTESTANTS[name].name, number(share(run, name), percent), number(middle(run, name, *high), "{:.0f}"),
                     number(refused / sent, percent),
                     number(middle(run, name, "high", "refused_ms", "p99"), "{:.1f}"), number(failed / sent, percent),
                     number(middle(run, name, "high", "health", "accepted_ms", "p99"), "{:.1f}")])
    return table(["server", "goodput of the capacity", "p99 accepted, ms", "refused", "p99 refused, ms", "no answer",
                  "p99 health, ms"], rows)


def number_table(run):
    rows = []
    for name in present(run):
        rows.append([CONTESTANTS[name].name, number(middle(run, name, "seconds_to_ready")),
                     number(middle(run, name, "full", "accepted_per_second"), "{:.0f}"),
                     *(number(middle(run, name, *path, part), "{:.1f}") for path in (("alone", "accepted_ms"), ("low", "accepted_ms"))
                       for part in ("p50", "p99")),
                     number(middle(run, name, "memory"), "{:.0f}"),
                     number(middle(run, name, "full", "cpu_share"), percent), number(middle(run, name, "high", "cpu_share"), percent)])
    return table(["server", "s to ready", "photos/s", "p50 alone, ms", "p99 alone, ms", f"p50 at {percent(LOW)}, ms",
                  f"p99 at {percent(LOW)}, ms", "memory, MB", "generator", "generator, overload"], rows)


def overview(pages):
    """Returns the lines of the overview of all machines."""
    return ["The best other server's figure divided by ours, or ours divided by its rate. Above 1, effnet serve is",
            "better. The page of each machine has all servers, and what effnet serve does under overload.", "",
            *fastest_table(pages, lambda row: row["section"], lambda row: row["figure"])]


def markdown(run):
    """Returns the whole page."""
    lines = [f"# Servers under load: {machine.name(run['machine'])}", "",
             f"The servers take turns. Each starts and answers {run['photos']} photos ({run['kilobytes']:.0f} kB on average) over",
             f"{CONNECTIONS} connections, which gives its capacity. Then come photos over one connection, and requests at the",
             f"times of a Poisson process: {run['seconds']:g} s at {percent(LOW)} and {run['seconds']:g} s at {percent(HIGH)} of its own capacity. All",
             "servers have the same network and weights. They return five classes, Triton all probabilities; Triton and",
             "LitServe get the photo as a BYTES tensor and as base64, the others as it is. Times are measured",
             f"from the moment when a request was due. Goodput counts answers within {PATIENCE * 1000:.0f} ms. The generator runs",
             f"on the same processors. Figures are medians of {counted(run['rounds'], 'round')}.", ""]
    lines += heading(run, {name: CONTESTANTS[name].name for name in run["versions"] if name in PEERS})
    if "effnet" in present(run):
        lines += ["", "## What must hold", "",
                  f"`effnet serve --max-wait {WAIT_LIMIT}ms`. The overhead is the median time of a request over one connection",
                  "beyond decoding and computing, as the server measures them.", "", *target_table(run)]
        lines += ["", f"## {run['model']}, fp32", "",
                  "Each cell is the other server's figure divided by ours; for photos a second, it is ours divided by the",
                  "other's. Above 1, effnet serve is better.", "", *ratio_table(run)]
    lines += ["", f"## Overload: {percent(HIGH)} of the capacity", "",
              "The capacity is that of the processors that the generator leaves.", "", *overload_table(run)]
    lines += ["", "## Numbers", "", "Compare numbers of one table only: machines are shared and noisy. The last two columns are the",
              "generator's share of one processor.", "", *number_table(run)]
    return "\n".join(lines) + "\n"


def line(result):
    """Returns one turn's result as a line of progress."""
    if result["server"] == "classify":
        return f"effnet classify: {result['seconds']:.2f} s"
    low, high = result["low"]["accepted_ms"], result["high"]
    return (f"{CONTESTANTS[result['server']].name}: {result['full']['accepted_per_second']:.0f} photos/s, alone "
            f"{result['alone']['accepted_ms']['p50']:.1f} ms, {percent(LOW)}: p99 {low.get('p99', 0):.1f} ms, {percent(HIGH)}: "
            f"{high['goodput_per_second']:.0f} good a second, {high['refused']} refused, {sum(high['failed'].values())} failed")
