"""Two panels: milliseconds per image by batch size, and per GMAC by network. A curve for each number of threads."""
from ..common.markdown import counted
from ..common.svg import COLORS, Picture, steps

WIDTH, HEIGHT, LEFT, TOP = 440, 240, 48, 110


def draw(run, threads, path):
    picture = Picture(2 * WIDTH + 40, TOP + HEIGHT + 60, "Growth of the cost")
    picture.text(20, 30, picture.title, style="title")
    picture.legend(20, 58, {counted(count, "thread"): color for count, color in zip(threads, COLORS)})
    batches, networks = run["batches"], run["networks"]
    panel(picture, 20, f"{run['model']}: milliseconds per image, by batch size",
          [str(item["batch"]) for item in batches], [item["ms_per_image"] for item in batches])
    panel(picture, 40 + WIDTH, "Milliseconds per GMAC, by network (GMAC)",
          [f"{item['network']} ({item['gmacs']:.1f})" for item in networks], [item["ms_per_gmac"] for item in networks])
    picture.write(path)


def panel(picture, x, title, names, values):
    """Draws a panel. `values` has a row for each name, with the values of all curves."""
    marks = steps(max(max(row) for row in values))
    left, right, bottom = x + LEFT, x + WIDTH - 20, TOP + HEIGHT

    def height(value):
        return bottom - HEIGHT * value / marks[-1]

    picture.text(x, TOP - 18, title, style="heading")
    for mark in marks:
        picture.line(left, height(mark), right, height(mark), "grid")
        picture.text(left - 8, height(mark) + 4, f"{mark:g}", "end", "small")
    step = (right - left - 40) / max(len(names) - 1, 1)
    for index, name in enumerate(names):
        picture.text(left + 20 + step * index, bottom + 18, name, "middle", "small")
    for line in range(len(values[0])):
        points = [(left + 20 + step * index, height(row[line])) for index, row in enumerate(values)]
        picture.curve(points, COLORS[line])
