"""A bar chart of the ratios: panels for time and memory, a group for each case, a bar for each peer."""
from ..common.svg import COLORS, Picture, steps
from .case import Case
from .report import memory_ratio, present, ratios
from .runners import PEERS

BAR, GAP, PANEL, LABEL, NUMBER = 14, 14, 500, 125, 40
TOP, HEAD, FOOT = 84, 34, 34
COLOR = dict(zip(PEERS, COLORS))


def draw(results, path):
    peers = present(results)
    height = HEAD + (BAR * len(peers) + GAP) * len(results) + FOOT
    picture = Picture(20 + 2 * PANEL, TOP + height, "Training steps of other frameworks relative to ours")
    picture.text(20, 30, picture.title, style="title")
    picture.text(20, 48, "right of the line at 1, effnet is faster or takes less memory")
    picture.legend(20, 72, {PEERS[peer].name: COLOR[peer] for peer in peers})
    panel(picture, 20, "Time, ratio of medians", results, peers,
          lambda result, peer: (ratios(result, peer) or [None])[0])
    panel(picture, 20 + PANEL, "Peak memory of the process", results, peers, memory_ratio)
    picture.write(path)


def panel(picture, x, title, results, peers, ratio):
    """Draws a panel. `ratio` returns the ratio of a result and a peer, or None."""
    largest = max(value for result in results for peer in peers if (value := ratio(result, peer)))
    marks = steps(max(largest, 1))
    left, scale = x + LABEL, (PANEL - LABEL - NUMBER - 20) / marks[-1]
    group = BAR * len(peers) + GAP
    top, bottom = TOP + HEAD, TOP + HEAD + group * len(results)
    picture.text(x, TOP + 18, title, style="heading")
    for mark in marks:
        picture.line(left + scale * mark, top - 4, left + scale * mark, bottom, "grid")
        picture.text(left + scale * mark, bottom + 14, f"{mark:g}", "middle", "small")
    for index, result in enumerate(results):
        name, start = Case(**result["case"]).name, top + group * index
        picture.text(left - 8, start + BAR * len(peers) / 2 + 4, name, "end")
        for place, peer in enumerate(peers):
            if value := ratio(result, peer):
                bar = start + BAR * place
                picture.rectangle(left, bar, scale * value, BAR - 2, COLOR[peer], f"{PEERS[peer].name}, {name}: {value:.2f}")
                picture.text(max(left + scale * value, left + scale) + 4, bar + BAR - 4, f"{value:.2f}", style="small")
    picture.line(left + scale, top - 4, left + scale, bottom, "axis")
