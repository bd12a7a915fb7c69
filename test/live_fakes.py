"""What live workers need in tests: a pipeline of fakes, a clock, a listener, a gate."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from fakes import FakeAudioBackbone, FakeFaceBackbone, FakeVad, faces_of, frame_at, logits_for
from fer_ros.audio.branch import VoiceBranch
from fer_ros.config import parse
from fer_ros.face.branch import FaceBranch
from fer_ros.fusion.average import WeightedAverage
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.stages import Stages

DEADLINE_S = 20.0
SMALL_RATE_HZ = 8000


class LiveBackbone(FakeAudioBackbone):
    rate_hz = SMALL_RATE_HZ
    window_s = 1.0

    def infer(self, samples):
        count = len(samples)
        return np.ones((count, 4), np.float32), np.tile(self.logits, (count, 1))


class Collector:
    """Results and errors, and a way to wait for them."""

    def __init__(self):
        self._condition = threading.Condition()
        self.results, self.errors = [], []

    def result(self, live):
        with self._condition:
            self.results.append(live)
            self._condition.notify_all()

    def error(self, part, error):
        with self._condition:
            self.errors.append((part, error))
            self._condition.notify_all()

    def wait(self, predicate):
        with self._condition:
            assert self._condition.wait_for(lambda: predicate(self), timeout=DEADLINE_S)


def config_with(**voice):
    tracking = {'tracking': {'min_hits': 1}}
    return parse(PipelineConfig, {'face': tracking, 'voice': {'hop': 0.05, **voice}})


def make_pipeline(config, boxes=((40, 30, 50, 50),), face_backbone=None):
    stages = Stages()
    face_backbone = face_backbone or FakeFaceBackbone(logits_for('happy'))
    face = FaceBranch(config.face, faces_of(boxes), face_backbone, stages)
    vad = FakeVad(FakeVad.Config())
    voice = VoiceBranch(config.voice, vad, LiveBackbone(logits_for('sad')), stages)
    fusion = WeightedAverage(WeightedAverage.Config())
    return EmotionPipeline(config, face, voice, fusion, stages)


class Clock:
    """Seconds, as a test sets them."""

    def __init__(self, now_s):
        self.now_s = now_s

    def __call__(self):
        return self.now_s


class Gate:
    """A decoder that takes until the test lets it go."""

    def __init__(self):
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self):
        self.entered.set()
        assert self.open.wait(DEADLINE_S)
        return frame_at(1.0)


def check_until(worker, predicate):
    """Call a watched worker's check() again and again until the predicate holds."""
    pause = threading.Event()
    for _ in range(1000):
        worker.check()
        if predicate():
            return
        pause.wait(DEADLINE_S / 1000)
    pytest.fail('not within the deadline')
