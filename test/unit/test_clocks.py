import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import frame_at, seconds
from fer_ros.clocks import ClockConfig, corrected, corrected_in_order
from fer_ros.config import ConfigError, parse
from fer_ros.types import AudioChunk, Frame

offsets = st.floats(-1.0, 1.0)


def chunk_at(time_s):
    return AudioChunk(seconds(time_s), 8000, np.ones(800, np.float32))


def recording():
    """Two seconds of 10 pictures and 10 chunks a second."""
    both = [sample(n / 10) for n in range(20) for sample in (chunk_at, frame_at)]
    return sorted(both, key=lambda sample: sample.stamp_ns)


def test_each_stream_has_an_offset_of_its_own():
    config = ClockConfig(camera_offset=-0.04, microphone_offset=0.1)
    assert corrected(frame_at(5.0), config).stamp_ns == seconds(4.96)
    assert corrected(chunk_at(5.0), config).stamp_ns == seconds(5.1)


def test_without_offsets_samples_pass_as_they_are():
    samples = recording()
    passed = list(corrected_in_order(samples, ClockConfig()))
    assert all(one is other for one, other in zip(samples, passed, strict=True))


@given(offsets, offsets)
def test_recorded_samples_are_in_order_of_their_corrected_stamps(camera, microphone):
    config = ClockConfig(camera, microphone)
    passed = list(corrected_in_order(recording(), config))
    stamps = [sample.stamp_ns for sample in passed]
    assert stamps == sorted(stamps)
    assert sorted(stamps) == sorted(corrected(sample, config).stamp_ns for sample in recording())


def test_sound_of_the_same_moment_comes_first():
    passed = list(corrected_in_order(recording(), ClockConfig(0.5, 0.5)))
    assert [isinstance(sample, Frame) for sample in passed[:4]] == [False, True, False, True]


def test_samples_are_held_no_longer_than_they_must():
    """A recording may be longer than the memory."""
    held = corrected_in_order((frame_at(n / 10) for n in range(10**9)), ClockConfig(-0.5, 0.5))
    assert next(held).stamp_ns == seconds(-0.5)


def test_a_recording_that_loops_stays_in_two_parts():
    twice = [*recording(), *recording()]
    passed = [s.stamp_ns for s in corrected_in_order(twice, ClockConfig(0.0, 0.3))]
    assert passed == sorted(passed[:40]) * 2


def test_an_offset_is_no_cure_for_a_clock_that_is_wrong_altogether():
    with pytest.raises(ConfigError, match=r'camera_offset: 3\.0 is outside \[-1, 1\]'):
        parse(ClockConfig, {'camera_offset': 3.0})
