"""The statuses that perception shows, from reports that a test made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ros_graph import DiagnosticArray, DiagnosticStatus

from fer_ros.clock_watch import ClockReport
from fer_ros.live import Load
from fer_ros.ros.diagnostics import Health
from fer_ros.ros.overlay_numbers import numbers_of
from fer_ros.ros.subscriptions import Source
from fer_ros.statistics import Recent
from fer_ros.watchdog import WorkerStatus

UNKNOWN = ClockReport(None, None, None, None, None)
IDLE = Load(0.25, 0, '', '', 0.0)
WELL = WorkerStatus({'face model': 'some_model'}, IDLE, stuck=False, hangs=0, hung_in='')


@pytest.fixture
def health():
    return Health('perception')


@pytest.fixture
def recent():
    return Recent(0.0)


def status_of(health, recent, part, worker=WELL, sources=(), **clocks):
    clocks = {'image': UNKNOWN, 'audio': UNKNOWN, **clocks}
    statuses = health.statuses(recent.report(1.0), clocks, dict(sources), worker)
    (status,) = [status for status in statuses if status.name == f'perception: {part}']
    return status, {pair.key: pair.value for pair in status.values}


def test_an_input_that_is_silent_is_a_warning(health, recent):
    status, _ = status_of(health, recent, 'audio')
    assert (status.level, status.message) == (DiagnosticStatus.WARN, 'nothing arrives')


@pytest.mark.parametrize(
    ('publishers', 'said'),
    [(0, ': nobody publishes /robot/image'), (2, ' of /robot/image, publishers: 2 (')],
)
def test_a_silent_input_tells_whether_anybody_publishes_it(health, recent, publishers, said):
    sources = {'image': Source('/robot/image', publishers)}
    status, _ = status_of(health, recent, 'image', sources=sources)
    assert status.message.startswith(f'nothing arrives{said}')
    recent.count('image')
    assert status_of(health, recent, 'image', sources=sources)[0].message == 'ok'


def test_an_input_that_is_not_wanted_is_no_warning(recent):
    health = Health('perception', {'audio': 'voice.enabled is false'})
    status, _ = status_of(health, recent, 'audio')
    assert status.level == DiagnosticStatus.OK
    assert status.message == 'not listened to: voice.enabled is false'
    assert status_of(health, recent, 'image')[0].level == DiagnosticStatus.WARN


def test_an_error_is_a_warning_once_with_its_reason(health, recent):
    recent.count('image')
    recent.count('image error')
    health.last_errors['image'] = 'step 3 is too small'
    status, values = status_of(health, recent, 'image')
    assert status.level == DiagnosticStatus.WARN
    assert values['last error'] == 'step 3 is too small'
    recent.count('image')
    assert status_of(health, recent, 'image')[0].level == DiagnosticStatus.OK


def hear(recent, offsets_s, coverage):
    recent.count('audio')
    for offset_s in offsets_s:
        recent.add('offset', offset_s)
        recent.add('coverage', coverage)


@pytest.mark.parametrize(
    ('offset_s', 'said'), [(-4.93, '4.93 s before those'), (1.8e9, '1.8e+09 s after those')]
)
def test_sound_and_pictures_of_different_clocks_are_a_warning(health, recent, offset_s, said):
    hear(recent, [offset_s] * 30, 0.0)
    status, _ = status_of(health, recent, 'audio')
    assert status.level == DiagnosticStatus.WARN
    assert said in status.message


@pytest.mark.parametrize(
    ('offsets_s', 'coverage'),
    [([0.06] * 30, 1.0), ([-2.9] * 30, 0.03), ([-8.0] * 20 + [0.0] * 10, 0.0), ([0.02] * 3, 0.0)],
    ids=['well', 'late', 'after a pause', 'just begun'],
)
def test_sound_that_is_late_or_paused_is_not_of_another_clock(health, recent, offsets_s, coverage):
    hear(recent, offsets_s, coverage)
    assert status_of(health, recent, 'audio')[0].message == 'ok'


def test_what_is_measured_of_the_clocks_is_shown(health, recent):
    camera = ClockReport(0.0312, 0.004, -12.5, None, None)
    microphone = ClockReport(0.01, 0.002, 3.0, 0.0015, 87.0)
    _, image = status_of(health, recent, 'image', image=camera)
    _, audio = status_of(health, recent, 'audio', audio=microphone)
    assert image['arrival minus capture p50 [s]'] == '0.0312'
    assert image['drift of stamps [ppm]'] == '-12.5'
    assert audio['jitter of stamps p95-p5 [s]'] == '0.0015'
    assert audio['drift of samples [ppm]'] == '87'


def test_the_offset_between_sound_and_picture_is_shown(health, recent):
    recent.add('av offset', -0.123)
    recent.add('av offset confidence', 0.991)
    _, values = status_of(health, recent, 'audio')
    assert (values['av offset [s]'], values['av offset confidence']) == ('-0.123', '0.991')


def test_what_is_not_known_is_empty(health, recent):
    _, values = status_of(health, recent, 'audio')
    assert values['drift of samples [ppm]'] == values['av offset [s]'] == ''
    assert values['coverage of the window p50'] == ''


def test_facts_about_the_models_are_shown(health, recent):
    assert status_of(health, recent, 'pipeline')[1]['face model'] == 'some_model'


def test_the_stage_that_failed_is_counted(health, recent):
    recent.count('fusion error')
    _, values = status_of(health, recent, 'pipeline')
    assert (values['errors of fusion'], values['errors of face']) == ('1', '0')


def test_a_machine_that_keeps_up_leaves_nothing_out(health, recent):
    status, values = status_of(health, recent, 'budget')
    assert (status.level, status.message) == (DiagnosticStatus.OK, 'nothing is left out')
    assert (values['load'], values['level'], values['for [s]']) == ('0.25', '0', '')


def test_what_is_left_out_is_a_warning_with_reason_and_time(health, recent):
    load = Load(1.5, 2, 'detection every 0.4 s', 'a load of 150%, more than 80%', 12.3)
    status, values = status_of(health, recent, 'budget', replace(WELL, load=load))
    assert status.level == DiagnosticStatus.WARN
    assert status.message == 'the machine cannot keep up: detection every 0.4 s'
    assert values['why'] == 'a load of 150%, more than 80%'
    assert (values['level'], values['for [s]']) == ('2', '12')


def test_a_worker_that_was_replaced_is_a_warning_once(health, recent):
    hung = replace(WELL, hangs=1, hung_in='face_net')
    recent.count('watchdog error')
    health.last_errors['watchdog'] = 'the worker hangs for 10 s'
    status, values = status_of(health, recent, 'worker', hung)
    assert status.level == DiagnosticStatus.WARN
    assert 'hangs for 10 s' in status.message
    assert (values['replaced'], values['last one hung in stage']) == ('1', 'face_net')
    assert status_of(health, recent, 'worker', hung)[0].level == DiagnosticStatus.OK


def test_nobody_at_work_is_a_warning_and_too_many_that_hang_an_error(health, recent):
    absent = replace(WELL, load=None)
    assert status_of(health, recent, 'worker', absent)[0].level == DiagnosticStatus.WARN
    stuck = replace(absent, stuck=True)
    assert status_of(health, recent, 'worker', stuck)[0].level == DiagnosticStatus.ERROR


def test_the_overlay_shows_the_numbers_of_its_own_robot():
    def statuses(name, count):
        recent, clocks = Recent(0.0), {'image': UNKNOWN, 'audio': UNKNOWN}
        for _ in range(count):
            recent.count('pipeline')
        return Health(name).statuses(recent.report(1.0), clocks, {}, WELL)

    message = DiagnosticArray()
    message.status = [*statuses('robot1/eyes', 5), *statuses('fleet/robot2/perception', 9)]
    message.status.append(DiagnosticStatus(name='robot1: battery'))
    assert numbers_of(message, '/robot1') == ['5 Hz']
    assert numbers_of(message, '/fleet/robot2') == ['9 Hz']
    assert numbers_of(message, '/') == []
