from dataclasses import replace

import numpy as np
import pytest

from fakes import (
    RATE_HZ,
    FakeAudioBackbone,
    FakeFaceBackbone,
    FakeVad,
    faces_of,
    logits_for,
    seconds,
)
from fakes import frame_at as frame
from fer_ros.audio.branch import VoiceBranch
from fer_ros.config import parse
from fer_ros.drive import drive
from fer_ros.face.branch import FaceBranch
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, load_fusion
from fer_ros.stages import Stages
from fer_ros.types import AudioChunk

SETTINGS = {
    'face': {'detector': {'plugin': 'fakes:FakeDetector'}, 'tracking': {'min_hits': 1}},
    'voice': {'vad': {'plugin': 'fakes:FakeVad'}, 'hop': 0.5, 'min_voiced': 0.0},
}


class Recorded(FakeAudioBackbone):
    """Keeps the windows that it was asked about."""

    # the lowest rate that a microphone may have
    rate_hz = RATE_HZ * 8

    def __init__(self):
        super().__init__(logits_for('sad'))
        self.windows = []

    def infer(self, samples):
        self.windows.append(samples[0])
        return np.ones((1, 4), np.float32), self.logits[None]


def sound(start_s, end_s, rate_hz=Recorded.rate_hz, chunk_s=0.05):
    """Chunks of a rising signal, zero at no time."""
    times = np.arange(round(start_s / chunk_s), round(end_s / chunk_s)) * chunk_s
    count = round(rate_hz * chunk_s)
    for time_s in times.tolist():
        samples = ((time_s + np.arange(count) / rate_hz) / 100 + 0.01).astype(np.float32)
        yield AudioChunk(seconds(time_s), rate_hz, samples)


def in_order(*streams):
    return sorted((s for stream in streams for s in stream), key=lambda sample: sample.stamp_ns)


@pytest.fixture
def voice_net():
    return Recorded()


@pytest.fixture
def pipeline(voice_net):
    config = parse(PipelineConfig, SETTINGS)
    stages = Stages()
    face = FaceBranch(
        config.face, faces_of([(60, 40, 40, 40)]), FakeFaceBackbone(logits_for('happy')), stages
    )
    voice = VoiceBranch(config.voice, FakeVad(FakeVad.Config()), voice_net, stages)
    return EmotionPipeline(config, face, voice, load_fusion(config.fusion), stages)


def test_each_frame_gives_one_result_at_its_time(pipeline):
    frames = [frame(n / 10) for n in range(20)]
    results = list(drive(in_order(frames, sound(0, 2)), pipeline))
    assert [result.stamp_ns for result in results] == [f.stamp_ns for f in frames]
    assert results[-1].focus.fused.sources == {'face', 'voice'}


def test_a_frame_gets_the_sound_before_it_and_none_after_it(pipeline, voice_net):
    list(drive(in_order([frame(0.3)], sound(0, 1)), pipeline))
    newest_s = [(window.max() - 0.01) * 100 for window in voice_net.windows]
    assert newest_s == pytest.approx([0.3, 0.8], abs=1e-3)


def test_sound_alone_is_read_once_every_hop_and_at_its_end(pipeline):
    results = list(drive(sound(0, 1.7), pipeline))
    assert [result.stamp_ns for result in results] == [seconds(t) for t in (0.5, 1.0, 1.5, 1.7)]
    assert all(result.focus.fused.sources == {'voice'} for result in results)


def test_sound_that_ends_with_a_hop_is_not_read_twice_there(pipeline):
    stamps = [result.stamp_ns for result in drive(sound(0.0, 1.5), pipeline)]
    assert stamps == [seconds(0.5), seconds(1.0), seconds(1.5)]


def test_sound_shorter_than_a_hop_is_read(pipeline):
    results = list(drive(sound(0, 0.2), pipeline))
    assert [result.stamp_ns for result in results] == [seconds(0.2)]


def test_the_voice_goes_on_where_the_pictures_end(pipeline):
    frames = [frame(n / 10) for n in range(10)]
    results = list(drive(in_order(frames, sound(0, 3)), pipeline))
    after = [result.stamp_ns for result in results[10:]]
    assert after == [seconds(0.9 + hop) for hop in (0.5, 1.0, 1.5, 2.0)]


def test_sound_of_another_rate_is_brought_to_the_model(pipeline, voice_net):
    list(drive(sound(0, 1.5, rate_hz=44_100), pipeline))
    newest = voice_net.windows[-1]
    wanted = (0.5 + np.arange(len(newest)) / Recorded.rate_hz) / 100 + 0.01
    np.testing.assert_allclose(newest[100:-400], wanted[100:-400], atol=2e-4)


@pytest.mark.parametrize('offset_s', [-0.2, 0.2])
def test_offsets_of_the_clocks_move_sound_against_pictures(pipeline, voice_net, offset_s):
    clocks = replace(pipeline.config.clocks, microphone_offset=offset_s)
    pipeline.apply(replace(pipeline.config, clocks=clocks))
    list(drive(in_order([frame(0.25)], sound(0, 1)), pipeline))
    newest_s = (voice_net.windows[0].max() - 0.01) * 100
    assert newest_s == pytest.approx(0.25 - offset_s, abs=1e-3)


def test_the_same_samples_give_the_same_results(pipeline):
    samples = in_order([frame(n / 10) for n in range(20)], sound(0, 2))
    first = [result.focus.fused.probabilities for result in drive(samples, pipeline)]
    pipeline.reset()
    again = [result.focus.fused.probabilities for result in drive(samples, pipeline)]
    np.testing.assert_array_equal(first, again)


def test_a_pipeline_without_voice_passes_over_sound(pipeline):
    pipeline._senses.voice = None
    results = list(drive(in_order([frame(0.1)], sound(0, 2)), pipeline))
    assert [result.stamp_ns for result in results] == [seconds(0.1)]


def test_nothing_gives_nothing(pipeline):
    assert list(drive([], pipeline)) == []


def test_the_voice_is_read_again_after_time_jumped_back(pipeline, voice_net):
    once = [*sound(10, 12)]
    list(drive([*once, *sound(0, 2)], pipeline))
    looped = len(voice_net.windows)
    voice_net.windows.clear()
    pipeline.reset()
    list(drive(once, pipeline))
    assert looped > len(voice_net.windows) + 2


def test_the_sound_of_each_result_is_shown(pipeline):
    windows = []
    samples = in_order([frame(0.1), frame(0.9)], sound(0, 1))
    results = list(drive(samples, pipeline, windows.append))
    assert [window.stamp_ns for window in windows] == [result.stamp_ns for result in results]
