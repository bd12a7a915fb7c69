"""The table of faults: what was expected, what was seen, and whether the node lived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    name: str
    expected: str
    inject: Callable[[Any], str]
    """Does it to what the test module offers, checks what must be seen, and says what it saw."""


@dataclass(frozen=True)
class Row:
    """What came out of one fault."""

    group: str
    fault: Fault
    seen: str
    is_ok: bool


class Table:
    """The rows of one run."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def __bool__(self) -> bool:
        return bool(self._rows)

    def run(self, group: str, fault: Fault, subject: Any) -> None:
        """Inject a fault, prove that the subject is alive, and note both."""
        try:
            seen = fault.inject(subject)
            seen = f'{seen}; {subject.alive()}'
        except (Exception, pytest.fail.Exception) as error:
            reason = str(error).splitlines()[0] if str(error) else repr(error)
            self._rows.append(Row(group, fault, reason, False))
            raise
        self._rows.append(Row(group, fault, seen, True))

    def markdown(self) -> str:
        """A section and a table for each group."""
        lines: list[str] = []
        for group in dict.fromkeys(row.group for row in self._rows):
            rows = [row for row in self._rows if row.group == group]
            lines += [f'### {group}', '', '| fault | expected | seen | ok |', '|---|---|---|---|']
            for row in rows:
                cells = (row.fault.name, row.fault.expected, row.seen)
                texts = ' | '.join(_cell(text) for text in cells)
                lines.append(f'| {texts} | {"yes" if row.is_ok else "**NO**"} |')
            lines.append('')
        return '\n'.join(lines)

    def write(self, path: Path) -> None:
        """Write it as markdown."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.markdown(), encoding='utf-8')


def cases(faults: list[Fault]) -> Any:
    """A decorator that makes a test of each fault."""
    return pytest.mark.parametrize('fault', faults, ids=[fault.name for fault in faults])


def _cell(text: str) -> str:
    return ' '.join(text.split()).replace('|', '\\|')
