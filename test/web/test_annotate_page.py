"""The labelling page as a person uses it: with the keyboard alone."""

import csv
import threading
import time
from functools import partial

import pytest
from chromium import open_page, overflow
from clips import write_clip

from fer_ros.annotation import material
from fer_ros.annotation.server import Server
from fer_ros.annotation.session import Session
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import find_recordings

SECONDS = 10.0
DEADLINE_S = 30.0
GUESSES = (material.Guess(1.0, 4.0, 'sad', 0.7), material.Guess(6.0, 9.0, 'angry', 0.6))


@pytest.fixture(scope='module')
def prepared(tmp_path_factory):
    """Material and film of a clip, with guesses that no model made."""
    folder = tmp_path_factory.mktemp('clip')
    path = write_clip(
        folder / 'clip.mkv', SECONDS, lambda t: (20 * round(t), 90, 20), lambda t: t / 12
    )
    (source,) = find_recordings([path], Topics(), 25.0)
    made, film = material.prepare(source, None, folder / 'cache', lambda share: None)
    guessed = material.Material(made.seconds, made.has_pictures, GUESSES, made.levels)
    return guessed, film


class Desk:
    """The page, and the file that it writes."""

    def __init__(self, page, path):
        self.page = page
        self.path = path

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def go_to(self, seconds):
        self.page.keyboard.press('Home')
        for _ in range(seconds):
            self.page.keyboard.press('ArrowRight')

    def saved(self):
        with self.path.open() as file:
            return [
                (float(row['start']), float(row['end']), row['label'])
                for row in csv.DictReader(file)
            ]

    def expect(self, *intervals):
        """Wait until the file has exactly these intervals."""
        expected = [
            (float(start), pytest.approx(end, abs=0.15), label) for start, end, label in intervals
        ]
        wait_until(lambda: self.path.exists() and self.saved() == expected, self.saved)


def wait_until(condition, state):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, state()
        time.sleep(0.02)


def wait_for_film(page, complaints):
    page.locator('#work').wait_for()
    wait_until(
        lambda: page.evaluate("document.getElementById('film').readyState") >= 2,
        lambda: complaints,
    )


@pytest.fixture
def serve(prepared, tmp_path):
    """Serves a session, and stops it."""
    session = Session('clip', tmp_path / 'clip.labels.csv', None, lambda progress: prepared)
    with Server(session) as server:
        serving = threading.Thread(target=partial(server.serve_forever, 0.01))
        serving.start()
        session.start().join()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def desk(browser, serve, tmp_path):
    page, complaints = open_page(browser, serve.url)
    wait_for_film(page, complaints)
    yield Desk(page, tmp_path / 'clip.labels.csv')
    page.close()
    assert complaints == []


def test_labels_are_made_by_keys_and_saved_at_once(desk):
    desk.press('2')
    desk.expect((0, SECONDS, 'happy'))
    desk.go_to(4)
    desk.press('7')
    desk.expect((0, 4, 'happy'), (4, SECONDS, 'angry'))
    desk.go_to(6)
    desk.press('0')
    desk.expect((0, 4, 'happy'), (4, 6, 'angry'))
    desk.page.get_by_text('saved in clip.labels.csv').wait_for()
    assert desk.page.locator('#share').inner_text() == '60 % labelled'


def test_undo_and_redo(desk):
    desk.press('2')
    desk.go_to(4)
    desk.press('7', 'u')
    desk.expect((0, SECONDS, 'happy'))
    desk.press('u')
    desk.expect()
    desk.press('r', 'Control+Shift+z')
    desk.expect((0, 4, 'happy'), (4, SECONDS, 'angry'))
    desk.press('Control+z')
    desk.expect((0, SECONDS, 'happy'))


def test_boundaries_are_moved_and_labels_removed(desk):
    desk.go_to(2)
    desk.press('2')
    desk.go_to(5)
    desk.press(']')
    desk.expect((2, 5, 'happy'))
    desk.go_to(3)
    desk.press('[')
    desk.expect((3, 5, 'happy'))
    desk.go_to(1)
    desk.press('[')
    desk.expect((1, 5, 'happy'))
    desk.press('n', ']')  # at the end of it, where it ends already
    desk.go_to(7)
    desk.press(']')
    desk.expect((1, 7, 'happy'))
    desk.go_to(4)
    desk.press('Delete')
    desk.expect()


def test_what_the_model_says_is_taken(desk):
    desk.go_to(2)
    desk.page.locator('#guess', has_text='sad 70 %').wait_for()
    desk.press('g')
    desk.expect((1, 4, 'sad'))
    desk.go_to(3)
    desk.press('2')
    desk.expect((1, 3, 'sad'), (3, 4, 'happy'))
    desk.press('Shift+G')
    desk.expect((1, 3, 'sad'), (3, 4, 'happy'), (6, 9, 'angry'))


def test_playing_goes_on_while_labels_are_set(desk):
    clock = desk.page.locator('#clock')
    desk.press('>', '>', ' ')
    wait_until(lambda: float(clock.inner_text().split()[0]) > 0.5, clock.inner_text)
    desk.press('3', ' ')
    wait_until(lambda: desk.path.exists() and len(desk.saved()) == 1, lambda: None)
    ((start, end, label),) = desk.saved()
    assert start > 0.4
    assert (round(end), label) == (10, 'sad')


def test_an_interval_is_edited_in_the_list(desk):
    desk.press('2')
    desk.expect((0, SECONDS, 'happy'))
    for side, value in (('start', '1.5'), ('end', '3')):
        field = desk.page.get_by_label(f'{side} of label 1')
        field.fill(value)
        field.press('Tab')
    desk.page.get_by_label('label 1', exact=True).select_option('scared')
    desk.expect((1.5, 3, 'scared'))
    desk.page.get_by_role('button', name='remove label 1').click()
    desk.expect()


def test_keys_in_a_field_are_text(desk):
    desk.press('2')
    desk.expect((0, SECONDS, 'happy'))
    field = desk.page.get_by_label('end of label 1')
    field.fill('')
    field.press('7')
    field.press('Enter')
    desk.expect((0, 7, 'happy'))


@pytest.mark.parametrize('width', [400, 1400])
def test_it_fits_the_window(browser, serve, width):
    page, complaints = open_page(browser, serve.url, width, 800, scheme='dark')
    page.locator('#work').wait_for()
    page.keyboard.press('2')
    page.locator('#rows tr').wait_for()
    assert overflow(page) <= 0
    assert complaints == []
    page.close()


def test_a_change_elsewhere_is_not_overwritten(browser, serve, tmp_path):
    page, _ = open_page(browser, serve.url)
    page.locator('#work').wait_for()
    path = tmp_path / 'clip.labels.csv'
    path.write_text('start,end,label\n0,1,sad\n')
    page.keyboard.press('2')
    page.locator('#problem').wait_for()
    assert 'changed by another program' in page.locator('#problem').inner_text()
    assert 'NOT saved' in page.locator('#saved').inner_text()
    assert 'sad' in path.read_text()
    page.close()


def test_labels_made_while_the_server_is_away_are_saved_later(browser, serve, tmp_path):
    page, complaints = open_page(browser, serve.url)
    wait_for_film(page, complaints)
    page.route('**/labels', lambda route: route.abort())
    page.keyboard.press('2')
    page.locator('#problem').wait_for()
    page.unroute('**/labels')
    path = tmp_path / 'clip.labels.csv'
    Desk(page, path).expect((0, SECONDS, 'happy'))
    page.locator('#problem').wait_for(state='hidden')
    page.close()


def test_a_preparation_that_failed_says_why(browser, tmp_path):
    def fail(progress):
        raise ValueError('no <b>pictures</b> in it')

    session = Session('clip', tmp_path / 'labels.csv', None, fail)
    with Server(session) as server:
        serving = threading.Thread(target=partial(server.serve_forever, 0.01))
        serving.start()
        session.start().join()
        page, _ = open_page(browser, server.url)
        page.locator('#problem').wait_for()
        assert page.locator('#problem').inner_text() == 'no <b>pictures</b> in it'
        page.close()
        server.shutdown()
        serving.join()
