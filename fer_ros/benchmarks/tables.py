"""Tables for terminals and for documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Row = Sequence[str]
Table = Callable[[Row, Sequence[Row]], str]


def text_table(head: Row, rows: Sequence[Row]) -> str:
    """Columns set apart by spaces; the first is aligned at its left, the others at their right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return '\n'.join(
        '  '.join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )


def markdown_table(head: Row, rows: Sequence[Row]) -> str:
    """The same as Markdown."""
    rule = ['---', *('---:' for _ in head[1:])]
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in (head, rule, *rows))
