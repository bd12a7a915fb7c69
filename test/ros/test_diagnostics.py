"""The statuses that perception shows, from reports that a test made up."""

from __future__ import annotations

import pytest
from ros_graph import DiagnosticStatus

from fer_ros.clock_watch import ClockReport
from fer_ros.ros.diagnostics import Health
from fer_ros.statistics import Recent

UNKNOWN = ClockReport(None, None, None, None, None)


@pytest.fixture
def health():
    return Health('perception', lambda: {'face model': 'some_model'})


@pytest.fixture
def recent():
    return Recent(0.0)


def status_of(health, recent, part, **clocks):
    statuses = health.statuses(recent.report(1.0), {'image': UNKNOWN, 'audio': UNKNOWN, **clocks})
    (status,) = [status for status in statuses if status.name == f'perception: {part}']
    return status, {pair.key: pair.value for pair in status.values}


def test_an_input_that_is_silent_is_a_warning(health, recent):
    status, _ = status_of(health, recent, 'audio')
    assert (status.level, status.message) == (DiagnosticStatus.WARN, 'nothing arrives')


def test_an_error_is_a_warning_once_with_its_reason(health, recent):
    recent.count('image')
    recent.count('image error')
    health.last_errors['image'] = 'step 3 is too small'
    status, values = status_of(health, recent, 'image')
    assert status.level == DiagnosticStatus.WARN
    assert values['last error'] == 'step 3 is too small'
    recent.count('image')
    assert status_of(health, recent, 'image')[0].level == DiagnosticStatus.OK


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
