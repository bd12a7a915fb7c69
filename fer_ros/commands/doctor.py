"""fer-ros doctor: what is there, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import textwrap

from fer_ros.diagnosis import diagnose
from fer_ros.finding import Finding

_SIGNS = {(True, True): 'ok', (True, False): 'ok', (False, True): 'MISSING', (False, False): '-'}
_WIDTH = 99


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""
    parser.description = (
        'Look at this machine. MISSING is what nothing works without, - what not everybody needs.'
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found; 1 if something essential is missing."""
    area, failed = '', False
    for finding in diagnose():
        if finding.area != area:
            area = finding.area
            print(area)
        print(_line(finding))
        failed = failed or (finding.essential and not finding.found)
    print('something essential is missing' if failed else 'everything essential is there')
    return 1 if failed else 0


def _line(finding: Finding) -> str:
    sign = _SIGNS[finding.found, finding.essential]
    text = finding.detail
    if not finding.found and finding.remedy:
        text = f'{finding.detail} -> {finding.remedy}'
    head = f'  {sign:8}{finding.name:24}'
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f'{head} ',
        subsequent_indent=' ' * (len(head) + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
