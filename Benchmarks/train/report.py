"""The results in Markdown."""
from statistics import median

from ..common import machine
from ..common.markdown import counted, table
from ..common.pages import fastest_table
from ..common.run import heading
from .case import DROP, Case
from .runners import PEERS


def present(results):
    """Returns the peers that have a result."""
    return [name for name in PEERS if any(name in result["results"] for result in results)]


def ratios(result, peer):
    """Returns the peer's time divided by ours: of the medians and of the minima. None without a result."""
    if peer not in result["results"]:
        return None
    times, ours = result["results"][peer]["times"], result["results"]["ours"]["times"]
    return median(times) / median(ours), min(times) / min(ours)


def memory_ratio(result, peer):
    if peer not in result["results"]:
        return None
    return result["results"][peer]["memory"] / result["results"]["ours"]["memory"]


def head(result):
    case = Case(**result["case"])
    return [case.model, case.resolution, case.precision, case.images, case.threads, result["rounds"]]


HEAD = ["network", "resolution", "numbers", "images", "threads", "rounds"]


def ratio_table(results):
    peers = present(results)
    rows = []
    for result in results:
        found = [ratios(result, peer) for peer in peers]
        fastest = min((both[0] for both in found if both), default=None)
        rows.append([*head(result), *(f"{both[0]:.2f} / {both[1]:.2f}" if both else "–" for both in found),
                     f"{fastest:.2f}" if fastest else "–"])
    return table([*HEAD, *(PEERS[peer].name for peer in peers), "fastest peer"], rows)


def value_table(results, cell):
    """Returns a table with a column for ours and for each peer. `cell` returns the text of a result."""
    names = ["ours", *present(results)]
    rows = [[*head(result)[:-1], *(cell(result["case"], result["results"][name]) if name in result["results"] else "–"
                                   for name in names)] for result in results]
    return table([*HEAD[:-1], "ours", *(PEERS[name].name for name in names[1:])], rows)


def milliseconds(case, result):
    times = [time / case["images"] for time in result["times"]]
    return f"{median(times):.1f} ({min(times):.1f})"


def overview(pages):
    """Returns the lines of the overview of all machines."""
    return ["The time of a training step of the fastest other framework divided by ours. Above 1, effnet is",
            "faster. The page of each machine has all frameworks, the milliseconds and the memory.", "",
            *fastest_table(pages, lambda row: row["numbers"], lambda row: f"{row['network']} at {row['resolution']}")]


def markdown(run, picture):
    """Returns the whole page. `picture` is the file name of the chart."""
    results = run["results"]
    lines = [f"# Training steps compared with other frameworks: {machine.name(run['machine'])}", "",
             "Each cell is the other framework's time divided by ours: the ratio of the medians, then the ratio of",
             "the minima, over all rounds. 1.50 means that it takes 1.5 times as long as effnet. In every round",
             "each framework makes one whole training step: forward, cross entropy with label smoothing, backward,",
             "and SGD with Nesterov momentum and weight decay. The images are in memory already. Dropout and",
             f"stochastic depth are {DROP}; batch norm is in training mode. In bf16, all frameworks keep the",
             "weights in fp32. PyTorch (autocast) and TensorFlow (Keras's mixed policy, whose batch norm is fp32)",
             "compute their gradients in bf16; ours are added up in fp32. A turn ends when all threads sleep. The",
             "other processes keep the memory that a step frees (glibc's settings), which makes them faster.", ""]
    lines += heading(run, {name: PEERS[name].name for name in run["versions"]})
    lines += ["", f"![Ratios]({picture})", "", *ratio_table(results)]
    lines += ["", "## Milliseconds per image", "",
              "Medians; minima in brackets. Compare numbers of one line only: machines are shared and noisy.", "",
              *value_table(results, milliseconds)]
    lines += ["", "## Peak memory, MB", "",
              "Memory of the whole process (ru_maxrss), including compilation and the framework itself; 1 MB is 10⁶ bytes.", "",
              *value_table(results, lambda case, result: f"{result['memory']:.0f}")]
    return "\n".join(lines) + "\n"


def line(result):
    """Returns one case's result as a line of progress."""
    parts = []
    for peer in present([result]):
        both = ratios(result, peer)
        parts.append(f"{PEERS[peer].name} {both[0]:.2f} / {both[1]:.2f}")
    return f"{Case(**result['case'])}: {counted(result['rounds'], 'round')}: " + "; ".join(parts)
