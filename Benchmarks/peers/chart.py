"""A bar chart of the ratios: panels by images and threads, groups by network, a bar for each peer."""
from ..common.markdown import counted
from ..common.svg import COLORS, Picture, steps
from .report import present, ratios
from .runners import PEERS

BAR, GAP, PANEL, LABEL, NUMBER = 12, 12, 480, 60, 40
TOP, HEAD, FOOT = 84, 34, 34
LONGEST = 4  # ratio; longer bars are cut there, and their number shows the ratio
COLOR = dict(zip(PEERS, COLORS))


def draw(results, path):
    peers = present(results)
    precision = results[0]["case"]["precision"]
    models = list(dict.fromkeys(result["case"]["model"] for result in results))
    kinds = list(dict.fromkeys((result["case"]["images"], result["case"]["threads"]) for result in results))
    columns = min(2, len(kinds))
    group = BAR * len(peers) + GAP
    height = HEAD + group * len(models) + FOOT
    rows = (len(kinds) + columns - 1) // columns
    picture = Picture(20 + PANEL * max(columns, 2), TOP + rows * height, f"Time of other runtimes relative to ours, {precision}")
    picture.text(20, 30, picture.title, style="title")
    picture.text(20, 48, "ratio of medians; right of the line at 1, effnet is faster")
    picture.legend(20, 72, {PEERS[peer].NAME: COLOR[peer] for peer in peers})
    largest = max(ratios(result, peer)[0] for result in results for peer in peers if ratios(result, peer))
    marks = steps(min(max(largest, 1), LONGEST))
    for number, kind in enumerate(kinds):
        x, y = 20 + PANEL * (number % columns), TOP + height * (number // columns)
        same = {r["case"]["model"]: r for r in results if (r["case"]["images"], r["case"]["threads"]) == kind}
        panel(picture, x, y, kind, models, same, peers, marks)
    picture.write(path)


def panel(picture, x, y, kind, models, results, peers, marks):
    left, scale = x + LABEL, (PANEL - LABEL - NUMBER - 20) / marks[-1]
    group = BAR * len(peers) + GAP
    top, bottom = y + HEAD, y + HEAD + group * len(models)
    picture.text(x, y + 18, f"{counted(kind[0], 'image')}, {counted(kind[1], 'thread')}", style="heading")
    for mark in marks:
        picture.line(left + scale * mark, top - 4, left + scale * mark, bottom, "grid")
        picture.text(left + scale * mark, bottom + 14, f"{mark:g}", "middle", "small")
    for index, model in enumerate(models):
        start = top + group * index
        picture.text(left - 8, start + BAR * len(peers) / 2 + 4, model, "end")
        for place, peer in enumerate(peers):
            both = ratios(results[model], peer) if model in results else None
            if both:
                bar, end = start + BAR * place, left + scale * min(both[0], marks[-1])
                hint = f"{PEERS[peer].NAME}, {model}: {both[0]:.2f} (minima {both[1]:.2f})"
                picture.rectangle(left, bar, end - left, BAR - 2, COLOR[peer], hint)
                cut = "» " if both[0] > marks[-1] else ""
                picture.text(max(end, left + scale) + 4, bar + BAR - 3, f"{cut}{both[0]:.2f}", style="small")
    picture.line(left + scale, top - 4, left + scale, bottom, "axis")
