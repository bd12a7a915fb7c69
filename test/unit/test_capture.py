"""Devices as samples, with devices that a test makes up."""

from __future__ import annotations

import itertools
import sys
import types

import numpy as np
import pytest

from fakes import frame_at
from fer_ros.capture import CaptureError, camera_frames, merged, microphone_chunks
from fer_ros.types import NS_PER_S

NOW_NS = 1_000 * NS_PER_S


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(CaptureError, match='camera /no/such/camera: No such file'):
        next(camera_frames('/no/such/camera', 0, 0, 0.0, 'camera', lambda: NOW_NS))


def endless():
    return (frame_at(float(n)) for n in itertools.count())


def broken():
    yield frame_at(0.0)
    raise CaptureError('unplugged')


def test_one_device_goes_on_when_another_fails():
    failed = []
    samples = merged({'a': endless, 'b': broken}, lambda name, error: failed.append((name, error)))
    for _ in range(500):
        next(samples)
    assert [name for name, _ in failed] == ['b']
    assert str(failed[0][1]) == 'unplugged'
    samples.close()


def missing():
    raise CaptureError('no such device')
    yield


def test_it_ends_when_no_device_can_be_opened():
    failed = []
    samples = list(merged({'a': missing, 'b': missing}, lambda name, _: failed.append(name)))
    assert samples == []
    assert sorted(failed) == ['a', 'b']


def test_a_device_that_was_unplugged_is_read_again_when_it_is_back():
    tries = iter([broken, missing, missing, broken, endless])
    failed, returned = [], []
    samples = merged(
        {'a': lambda: next(tries)()},
        lambda name, error: failed.append(str(error)),
        returned.append,
        retry_s=0.001,
    )
    assert len([next(samples) for _ in range(10)]) == 10
    assert failed == ['unplugged', 'unplugged'], 'each failure is told once, not each try'
    assert returned == ['a', 'a']
    samples.close()


class FakeStream:
    """A PortAudio stream that hears three blocks as it is opened, and then ends."""

    latency = 0.030

    def __init__(self, *, samplerate, blocksize, callback, **_):
        self.blocksize = blocksize
        self.callback = callback
        self.active = True

    def __enter__(self):
        for number in range(3):
            data = np.full((self.blocksize, 1), number / 10, np.float32)
            self.callback(data, self.blocksize, self.times, None)
        self.remaining = 3
        return self

    def __exit__(self, *_):
        self.active = False


@pytest.fixture
def portaudio(monkeypatch):
    """A sounddevice with one microphone of 48 kHz."""

    class PortAudioError(Exception):
        pass

    def query_devices(name, kind):
        if name not in (None, 'headset'):
            raise ValueError(f'No {kind} device matching {name!r}')
        return {'default_samplerate': 48000.0}

    module = types.SimpleNamespace(
        query_devices=query_devices, InputStream=FakeStream, PortAudioError=PortAudioError
    )
    monkeypatch.setitem(sys.modules, 'sounddevice', module)
    return module


@pytest.mark.parametrize(
    ('adc_s', 'age_s'),
    [(99.9, 0.1), (0.0, 0.05 + FakeStream.latency), (101.0, 0.05 + FakeStream.latency)],
    ids=['told', 'not told', 'of another clock'],
)
def test_sound_is_stamped_with_the_moment_its_first_sample_was_heard(
    portaudio, monkeypatch, adc_s, age_s
):
    times = types.SimpleNamespace(currentTime=100.0, inputBufferAdcTime=adc_s)
    monkeypatch.setattr(FakeStream, 'times', times, raising=False)
    chunks = microphone_chunks('headset', 0.05, lambda: NOW_NS)
    first, second = next(chunks), next(chunks)
    assert first.rate_hz == 48000
    assert len(first.samples) == 2400
    assert (NOW_NS - first.stamp_ns) / NS_PER_S == pytest.approx(age_s)
    assert second.samples[0] == pytest.approx(0.1)
    chunks.close()


def test_a_microphone_that_is_not_there_is_named(portaudio):
    with pytest.raises(CaptureError, match="microphone studio: No input device matching 'studio'"):
        next(microphone_chunks('studio', 0.05, lambda: NOW_NS))


def test_without_portaudio_it_is_said_what_to_install(monkeypatch):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == 'sounddevice':
                raise OSError('PortAudio library not found')

    monkeypatch.delitem(sys.modules, 'sounddevice', raising=False)
    monkeypatch.setattr(sys, 'meta_path', [Finder(), *sys.meta_path])
    with pytest.raises(CaptureError, match='libportaudio2'):
        next(microphone_chunks('default', 0.05, lambda: NOW_NS))
