"""A page for each machine, such as peers-amd-25-17.md, and an overview of these pages, such as peers.md."""
from . import machine
from .markdown import table


def stem(kind, run):
    """Returns the name of a run's page and the start of its charts' names, such as "peers-amd-25-17"."""
    return f"{kind}-{machine.suffix(run['machine'])}"


def write(folder, kind, run, page, overview):
    """Writes the page of a run's machine and, from the pages of all machines, the overview.

    `overview(pages)` returns the lines of the overview. Its title is that of the pages.
    """
    (folder / f"{stem(kind, run)}.md").write_text(page)
    pages = [Page(path) for path in sorted(folder.glob(f"{kind}-*.md"))]
    lines = [f"# {pages[0].title}", "", *overview(pages)]
    (folder / f"{kind}.md").write_text("\n".join(lines) + "\n")


class Page:
    """What the overview needs of a machine's page: its link, and the rows of its tables of ratios."""

    def __init__(self, path):
        lines = path.read_text().splitlines()
        self.title, _, name = lines[0].removeprefix("# ").partition(": ")
        date = next(line.rsplit(", ", 1)[1] for line in lines if line.startswith("- command: "))
        self.link = f"[{name}]({path.name}), {date}"
        self.rows, section, header = [], "", None
        for line in lines:
            cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
            if line.startswith("## "):
                section = line.removeprefix("## ")
            elif not cells:
                header = None
            elif not header:
                header = cells
            elif "fastest peer" in header and cells[-1].replace(".", "").isdigit():
                self.rows.append({"section": section, **dict(zip(header, cells))})


def fastest_table(pages, numbers, column):
    """Returns a table of the fastest peers: a line for each page and number format.

    `numbers(row)` returns the number format of a row, `column(row)` its column, or None to leave it
    out. The values of several rows in one cell are divided by slashes.
    """
    lines, columns = {}, {}
    for page in pages:
        for row in page.rows:
            if name := column(row):
                columns[name] = True  # a dictionary keeps the order
                cells = lines.setdefault((page.link, numbers(row)), {})
                cells.setdefault(name, []).append(row["fastest peer"])
    rows = [[*line, *(" / ".join(cells.get(name, ["–"])) for name in columns)] for line, cells in lines.items()]
    return table(["machine", "numbers", *columns], rows, left=2)
