"""Puts what a run saw into the pages that tell it, so that nobody has to copy it."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[2] / 'docs'


def put_into(page: Path, name: str, text: str) -> None:
    """Replace what a page has between the comments ``name`` and ``end of name``."""
    begin, end = f'<!-- {name} -->', f'<!-- end of {name} -->'
    whole = page.read_text(encoding='utf-8')
    before, found, rest = whole.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f'{page}: no {begin} … {end}')
    page.write_text(f'{before}{begin}\n{text.strip()}\n{end}{after}', encoding='utf-8')
