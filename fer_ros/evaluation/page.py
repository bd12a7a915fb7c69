"""The report of an evaluation as one web page that needs nothing else.

Everything comes from the files of the report's folder (see results.py), so a page can be written
again for an old report.  All that users named (recordings, labels, settings) is escaped, and the
page's own policy forbids it to load anything.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fer_ros.evaluation import page_colours, page_numbers, page_timeline, page_tracks
from fer_ros.evaluation.comparison import COMPARISON
from fer_ros.evaluation.results import FUSED, RESULTS, SCHEMA, read_json
from fer_ros.evaluation.timing import TIMING
from fer_ros.writing import write_text

PAGE = 'report.html'
DETAILS = 12
"""Recordings with a timeline: the worst ones."""
OPEN_DETAILS = 3
GALLERY = 12
"""Mistakes with a picture at the top."""
MAX_FACES = 4
"""Faces with a line of their own where labels name them."""
_TEMPLATES = 'evaluation/templates'
_MIN_GAP_S = 1.0

Content = Mapping[str, Any]
"""Plain JSON, as results.json has it."""


class PageError(ValueError):
    """A report that this version cannot show."""


def write_page(folder: Path) -> Path:
    """Write PAGE into a report's folder from the other files in it, and return its path.

    Raises PageError for a report of another version.
    """
    results = _read(folder / RESULTS)
    timing = read_json(folder / TIMING) if (folder / TIMING).is_file() else None
    return _written(folder / PAGE, _rendered(folder, results, timing))


def write_comparison_page(folder: Path) -> Path:
    """Write PAGE into the folder of a comparison, with links to the reports of its runs.

    Raises PageError for a comparison of another version.
    """
    comparison = _read(folder / COMPARISON)
    runs = {name: read_json(folder / name / RESULTS) for name in comparison['runs']}
    text = (
        _environment()
        .get_template('comparison.html')
        .render(
            comparison=comparison,
            runs=runs,
            page=PAGE,
            style=_asset('report.css'),
            reach=_reach(comparison),
            fused=FUSED,
        )
    )
    return _written(folder / PAGE, text)


def _reach(comparison: Content) -> float:
    """The largest difference that a diagram has to show, at least a few percent."""
    bounds = [
        abs(float(bound))
        for pair in comparison['pairs']
        for differences in pair['scores'].values()
        for each in differences.values()
        for bound in [each['difference'] or 0.0, *(each['interval'] or ())]
    ]
    return max([0.02, *bounds])


def _read(path: Path) -> Content:
    content = read_json(path)
    if content.get('schema') != SCHEMA:
        raise PageError(f'{path}: schema {content.get("schema")!r} is not {SCHEMA}')
    return content


def _written(path: Path, text: str) -> Path:
    write_text(path, text)
    return path


def _rendered(folder: Path, results: Content, timing: Content | None) -> str:
    shown = _worst_first(results['recordings'])[:DETAILS]
    mistakes = _mistakes(folder, results['mistakes'], {each['name'] for each in shown})
    environment = _environment()
    folder_of_all = page_numbers.common_folder([each['name'] for each in results['recordings']])
    environment.filters['short'] = lambda name: name.removeprefix(folder_of_all)
    return environment.get_template('report.html').render(
        results=results,
        timing=timing,
        style=_asset('report.css'),
        script=_asset('report.js'),
        colours={
            label: (colour, page_colours.text_on(colour))
            for label in results['labels']
            for colour in [page_colours.COLOURS.get(label, page_colours.UNKNOWN)]
        },
        count=page_numbers.count,
        findings=page_numbers.findings(results['scores'], FUSED),
        mixups=page_numbers.mixups,
        shown_labels=page_numbers.shown_labels,
        fused=FUSED,
        gallery=[each for each in mistakes if each['picture']][:GALLERY],
        details=_details(folder, results, shown, mistakes),
        open_details=OPEN_DETAILS,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader('fer_ros', _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        'percent': page_numbers.percent,
        'decimal': page_numbers.decimal,
        'seconds': page_numbers.seconds,
        'milliseconds': page_numbers.milliseconds,
        'flattened': page_numbers.flattened,
    }
    return environment


def _asset(name: str) -> str:
    """A file of ours that goes into the page as it is."""
    return (resources.files('fer_ros') / _TEMPLATES / name).read_text(encoding='utf-8')


def _worst_first(recordings: Sequence[Content]) -> list[Content]:
    """By accuracy; those without labels keep their order at the end."""

    def accuracy(recording: Content) -> float:
        value = recording['scores'].get(FUSED, {}).get('accuracy')
        return 2.0 if value is None else float(value)

    return sorted(recordings, key=accuracy)


def _mistakes(folder: Path, mistakes: Sequence[Content], shown: set[str]) -> list[dict[str, Any]]:
    """The mistakes with their pictures as URLs, as far as the page shows them."""
    loaded = []
    for number, mistake in enumerate(mistakes):
        is_shown = number < GALLERY or mistake['recording'] in shown
        picture = mistake['picture'] if is_shown else None
        loaded.append({**mistake, 'picture': picture and _picture_url(folder, picture)})
    return loaded


def _picture_url(folder: Path, name: str) -> str | None:
    path = folder / name
    if not path.is_file():
        return None
    return 'data:image/jpeg;base64,' + base64.b64encode(path.read_bytes()).decode('ascii')


def _details(
    folder: Path, results: Content, shown: Sequence[Content], mistakes: Sequence[Content]
) -> list[dict[str, Any]]:
    gap_s = max(_MIN_GAP_S, 2.5 * float(results['settings'].get('voice', {}).get('hop', 0)))
    wanted = {
        (recording['name'], track): recording['seconds']
        for recording in shown
        for track in _tracks(recording)
    }
    timelines = page_tracks.read_timelines(folder, wanted, gap_s)
    details = []
    for recording in shown:
        drawings = []
        for track in _tracks(recording):
            drawing = page_timeline.draw(
                recording['seconds'],
                [each for each in recording['segments'] if each['track'] == track],
                timelines[recording['name'], track],
                [
                    each
                    for each in mistakes
                    if each['recording'] == recording['name']
                    and (track is None or each['track'] == track)
                ],
                gap_s,
            )
            drawings.append((track, drawing))
        details.append({'recording': recording, 'drawings': drawings})
    return details


def _tracks(recording: Content) -> list[int | None]:
    """Whom the labels name; None for whoever is in focus."""
    named = {each['track'] for each in recording['segments']}
    faces: list[int | None] = sorted(named - {None})[:MAX_FACES]
    return [None, *faces] if None in named or not faces else faces
