import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from reports import change_results, write_report

from fer_ros.evaluation.comparison import COMPARISON
from fer_ros.evaluation.page import DETAILS, PAGE, PageError, write_comparison_page, write_page
from fer_ros.evaluation.page_numbers import common_folder
from fer_ros.evaluation.results import RESULTS, SCHEMA, read_json

VOID = {'meta', 'img', 'input', 'br', 'link'}


class Reader(HTMLParser):
    """Collects the texts and the attributes of a page, and checks that its tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.attributes, self.tags = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ('style', 'script'):
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r'\s+', ' ', ' '.join(self.texts))


def page(folder):
    return Reader(write_page(folder).read_text(encoding='utf-8'))


def test_the_page_says_what_the_results_say(tmp_path):
    seen = page(write_report(tmp_path))
    results = read_json(tmp_path / RESULTS)
    fused = results['scores']['fused']
    assert f'{100 * fused["accuracy"]:.0f} % of the estimates are right' in seen.text
    assert f'{100 * fused["accuracy"]:.1f} %' in seen.text
    for recording in results['recordings']:
        assert recording['name'] in seen.text
    assert 'face_ferplus' in seen.text
    assert 'fusion.face_weight' in seen.text


def test_the_page_needs_nothing_else(tmp_path):
    seen = page(write_report(tmp_path))
    links = [
        value
        for _, name, value in seen.attributes
        if name in ('src', 'href', 'srcset', 'data', 'action')
    ]
    assert links
    assert all(value.startswith('data:image/jpeg;base64,') for value in links)
    assert not {'link', 'iframe', 'object', 'embed', 'base', 'form'} & set(seen.tags)


def test_what_users_named_is_text(tmp_path):
    evil = '"><script>alert(1)</script>&{{ 7*7 }}'
    write_report(tmp_path, names=[evil, 'ok'], labelled=False)
    change_results(
        tmp_path,
        failures=[{'name': '<img src=x onerror=alert(2)>', 'reason': '<b>no</b>'}],
        settings={'<i>key</i>': "'</script><script>alert(3)</script>"},
        summary='<u>best</u>',
    )
    seen = page(tmp_path)
    for text in (evil, '<img src=x onerror=alert(2)>', '<b>no</b>', '<i>key</i>', '<u>best</u>'):
        assert text in seen.text
    assert seen.tags.count('script') == 1
    write_report(tmp_path, names=[evil, 'ok'])
    assert page(tmp_path).tags.count('script') == 1


def test_recordings_without_labels_have_a_page(tmp_path):
    seen = page(write_report(tmp_path, labelled=False))
    assert read_json(tmp_path / RESULTS)['summary'] in seen.text
    assert 'There are no labels' in seen.text
    assert 'svg' in seen.tags


def test_a_report_without_tables_and_pictures_has_a_page(tmp_path):
    write_report(tmp_path)
    for path in [*tmp_path.glob('*.csv'), *tmp_path.glob('mistakes/*'), tmp_path / 'timing.json']:
        path.unlink()
    seen = page(tmp_path)
    assert 'session_000' in seen.text


def test_an_evaluation_of_nothing_has_a_page(tmp_path):
    write_report(tmp_path, labelled=False)
    failures = [{'name': 'lost', 'reason': 'no such file'}]
    change_results(tmp_path, recordings=[], failures=failures)
    assert 'no such file' in page(tmp_path).text


def test_an_interrupted_evaluation_says_so(tmp_path):
    write_report(tmp_path)
    assert 'Not complete' not in page(tmp_path).text
    change_results(tmp_path, complete=False)
    assert 'Not complete' in page(tmp_path).text


def test_of_many_recordings_the_worst_have_timelines_and_all_a_row(tmp_path):
    write_report(tmp_path, recordings=300, seconds=1.0)
    recordings = read_json(tmp_path / RESULTS)['recordings']
    path = write_page(tmp_path)
    assert path.stat().st_size < 2_000_000
    seen = Reader(path.read_text(encoding='utf-8'))
    timelines = [value for _, name, value in seen.attributes if name == 'aria-label']
    shown = [value for value in timelines if value.startswith('Timeline of ')]
    accuracies = {
        f'Timeline of {each["name"]}': each['scores']['fused']['accuracy'] for each in recordings
    }
    assert len(shown) == DETAILS
    limit = sorted(accuracies.values())[DETAILS - 1]
    assert all(accuracies[name] <= limit for name in shown)
    assert all(each['name'] in seen.text for each in recordings)


def test_labels_of_faces_have_lines_of_their_own(tmp_path):
    write_report(tmp_path, recordings=1)
    (recording,) = read_json(tmp_path / RESULTS)['recordings']
    segments = [{**each, 'track': number % 2} for number, each in enumerate(recording['segments'])]
    change_results(tmp_path, recordings=[{**recording, 'segments': segments}])
    seen = page(tmp_path)
    assert 'Face 0' in seen.text
    assert 'Face 1' in seen.text


def test_another_schema_is_refused(tmp_path):
    write_report(tmp_path)
    change_results(tmp_path, schema=99)
    with pytest.raises(PageError, match='99'):
        write_page(tmp_path)


def test_a_page_is_the_same_every_time(tmp_path):
    write_report(tmp_path)
    first = write_page(tmp_path).read_bytes()
    assert write_page(tmp_path).read_bytes() == first


def test_long_names_leave_out_what_all_have_in_common(tmp_path):
    write_report(tmp_path, names=['data/bags/a/one', 'data/bags/b/two'])
    seen = page(tmp_path)
    assert 'data/bags/a/one' not in seen.text
    assert 'a/one' in seen.text
    assert ('th', 'title', 'data/bags/a/one') in seen.attributes


@pytest.mark.parametrize(
    ('names', 'common'),
    [
        ([], ''),
        (['a/b'], ''),
        (['a/b', 'a/c'], 'a/'),
        (['a/bc', 'a/bd'], 'a/'),
        (['ab/x', 'ac/x'], ''),
        (['/a/x/1', '/a/y/1'], '/a/'),
        (['x', 'y'], ''),
    ],
)
def test_a_common_folder_is_a_whole_one(names, common):
    assert common_folder(names) == common


def difference(value, interval=None):
    return {
        'first': 0.6,
        'other': 0.6 + value,
        'difference': value,
        'interval': interval,
        'p': 0.04,
    }


@pytest.fixture
def comparison(tmp_path):
    """A comparison of two reports, one with a name that needs escaping."""
    names = ['usual', '<b>&?']
    for name in names:
        write_report(tmp_path / name)
    nothing = {'first': None, 'other': None, 'difference': None, 'interval': None, 'p': None}
    scores = {
        'fused': {'accuracy': difference(0.05, [0.01, 0.09]), 'uar': difference(-0.01)},
        'voice': {'accuracy': nothing},
    }
    segments = {'both': 5, 'only_first': 1, 'only_other': 4, 'neither': 2, 'p': 0.375}
    pair = {
        'first': names[0],
        'other': names[1],
        'scores': scores,
        'segments': {'fused': segments},
    }
    content = {'schema': SCHEMA, 'runs': names, 'resampled': 'recordings', 'pairs': [pair]}
    (tmp_path / COMPARISON).write_text(json.dumps(content))
    return tmp_path


def test_a_comparison_says_what_differs_and_leads_to_the_reports(comparison):
    seen = Reader(write_comparison_page(comparison).read_text())
    assert '+5.0' in seen.text
    assert 'only <b>&? 4' in seen.text
    links = [value for tag, name, value in seen.attributes if (tag, name) == ('a', 'href')]
    assert links == [f'usual/{PAGE}', f'%3Cb%3E%26%3F/{PAGE}']


def test_a_comparison_of_recordings_without_labels_has_a_page(comparison):
    content = read_json(comparison / COMPARISON)
    content['pairs'][0].update(scores={}, segments={})
    (comparison / COMPARISON).write_text(json.dumps(content))
    for name in content['runs']:
        change_results(comparison / name, scores={})
    assert 'no labels' in Reader(write_comparison_page(comparison).read_text()).text


# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB
SEEN_AS = {
    'normal': np.eye(3),
    'protanopia': [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    'deuteranopia': [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    'tritanopia': [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize('eyes', SEEN_AS)
def test_the_colours_of_emotions_can_be_told_apart(eyes):
    import cv2

    from fer_ros.evaluation.page_colours import COLOURS
    from fer_ros.labels import LABELS

    assert tuple(COLOURS) == LABELS
    rgb = np.array([[int(each[i : i + 2], 16) for i in (1, 3, 5)] for each in COLOURS.values()])
    shares = rgb / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SEEN_AS[eyes]).T, 0, 1)
    gamma = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = cv2.cvtColor(gamma[None].astype(np.float32), cv2.COLOR_RGB2Lab)[0]
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert distances[~np.eye(len(lab), dtype=bool)].min() > 20  # 2.3 is just noticeable
