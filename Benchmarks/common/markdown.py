"""Markdown tables, and numbers in sentences."""


def table(header, rows, left=1):
    """Returns the lines of a table that is readable as text. The first `left` columns are left-aligned."""
    rows = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(header))]

    def line(cells):
        padded = [cell.ljust(width) if column < left else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"
    rule = ["-" * width if column < left else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return [line(rows[0]), line(rule), *map(line, rows[1:])]


def counted(count, noun):
    """Returns, for example, "2 threads"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
