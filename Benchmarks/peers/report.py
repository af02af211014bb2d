"""The results in Markdown: only ratios, because machines are shared and noisy."""
from math import exp, log
from statistics import median

from ..common import machine
from ..common.markdown import counted, table
from ..common.pages import fastest_table
from ..common.run import heading
from .case import Case
from .runners import PEERS


def ratios(result, peer):
    """Returns the peer's time divided by ours: of the medians and of the minima. None without a result."""
    for found in result["peers"]:
        if found["peer"] == peer:
            ours = result["ours"]["times"]
            return median(found["times"]) / median(ours), min(found["times"]) / min(ours)
    return None


def present(results):
    """Returns the peers that have a result."""
    return [name for name in PEERS if any(ratios(result, name) for result in results)]


def ratio_table(results):
    """Returns a line for each case, and the geometric mean of each kind of case."""
    peers = present(results)
    rows = []
    for result in results:
        case = Case(**result["case"])
        found = [ratios(result, peer) for peer in peers]
        fastest = min((both[0] for both, peer in zip(found, peers) if both and peer != "effnet"), default=None)
        rows.append([case.model, case.images, case.threads, result["rounds"],
                     *(f"{both[0]:.2f} / {both[1]:.2f}" if both else "–" for both in found),
                     f"{fastest:.2f}" if fastest else "–"])
    for images, threads in sorted({(r["case"]["images"], r["case"]["threads"]) for r in results}):
        same = [r for r in results if (r["case"]["images"], r["case"]["threads"]) == (images, threads)]
        if len(same) > 1:
            rows.append(["*mean*", images, threads, "", *(mean_cell(same, peer) for peer in peers), ""])
    names = [PEERS[peer].NAME for peer in peers]
    return table(["network", "images", "threads", "rounds", *names, "fastest peer"], rows)


def mean_cell(results, peer):
    found = [both for both in (ratios(result, peer) for result in results) if both]
    if not found:
        return "–"
    return " / ".join(f"{exp(sum(log(both[part]) for both in found) / len(found)):.2f}" for part in (0, 1))


def configuration_table(results):
    peers = present(results)
    rows = []
    for result in results:
        case = Case(**result["case"])
        cells = {found["peer"]: f"{computed(found)}: {found['configuration']}" for found in result["peers"]}
        rows.append([case.model, case.images, case.threads, computed(result["ours"]),
                     *(cells.get(peer, "–") for peer in peers)])
    return table(["network", "images", "threads", "effnet", *(PEERS[peer].NAME for peer in peers)], rows, left=8)


def computed(found):
    """Returns the number format that a program computed in, and the error of its logits."""
    return f"{found['numbers']} ({found['error']:.0e})"


def overview(pages):
    """Returns the lines of the overview of all machines."""
    lines = ["The time of the fastest other runtime divided by ours, with 1 thread / 2 threads. Above 1, effnet is",
             "faster. The page of each machine has all programs, configurations and number formats."]
    counts = dict.fromkeys(row["images"] for page in pages for row in page.rows)
    for count in counts:
        lines += ["", f"## {counted(int(count), 'image')}", "", *fastest_table(
            pages, lambda row: row["section"], lambda row: row["network"] if row["images"] == count else None)]
    return lines


def markdown(run, picture):
    """Returns the whole page. `picture` returns the file name of a precision's chart."""
    lines = [f"# Comparison with other runtimes: {machine.name(run['machine'])}", "",
             "Each cell is the other program's time divided by ours: the ratio of the medians, then the ratio of",
             "the minima, over all rounds. 1.50 means that it takes 1.5 times as long as effnet; ratios below 1",
             "mean that it is faster. In every round the programs take turns, on the same network with the same",
             "weights, on images of the same size, in the best configuration found for the case. Short runs follow",
             "a warm-up run that does not count. A turn ends when all threads sleep. The other programs' times",
             "include their call from Python, a few tens of microseconds. In the section \"half\", each program",
             "computes in the number format that is fastest for it, as `effnet --precision half` does. In the",
             "section \"int8\", ONNX Runtime computes what its own static quantization makes of the network, and",
             "OpenVINO this or what NNCF makes of it.", ""]
    lines += heading(run, {name: PEERS[name].NAME for name in run["versions"] if name != "effnet"})
    for precision in dict.fromkeys(result["case"]["precision"] for result in run["results"]):
        results = [result for result in run["results"] if result["case"]["precision"] == precision]
        lines += ["", f"## {precision}", "", f"![Ratios, {precision}]({picture(precision)})", "", *ratio_table(results)]
        lines += ["", f"The configurations ({precision}): first the number format that each program computed in. In brackets:",
                  "the largest difference between its logits and our fp32 logits, divided by the largest logit.", "", *configuration_table(results)]
    return "\n".join(lines) + "\n"


def line(result):
    """Returns one case's result as a line of progress."""
    parts = []
    for found in result["peers"]:
        both = ratios(result, found["peer"])
        parts.append(f"{PEERS[found['peer']].NAME} {both[0]:.2f} / {both[1]:.2f} ({found['numbers']}: {found['configuration']})")
    return f"{Case(**result['case'])}: {counted(result['rounds'], 'round')}: " + "; ".join(parts)
