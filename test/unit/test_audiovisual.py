"""Drawn faces that speak made-up speech, through the whole pipeline."""

import numpy as np
import pytest
from drawn_faces import (
    LEFT_BOX,
    LEFT_SPEECH,
    LONG,
    RIGHT_BOX,
    RIGHT_SPEECH,
    Hearing,
    frames_of,
    samples_of,
)
from mouths import FRAME_S, SOUND_HZ, amounts, history_of, window_of

from fakes import FakeFaceBackbone, FakeVad, faces_of, logits_for, seconds
from fer_ros.audio.branch import VoiceBranch
from fer_ros.audio.input import moved
from fer_ros.audiovisual import AudioVisual
from fer_ros.av_offset import SyncConfig
from fer_ros.config import parse
from fer_ros.drive import drive
from fer_ros.face.branch import FaceBranch
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, load_fusion
from fer_ros.speaking import SpeakerConfig
from fer_ros.stages import Stages


def pipeline_of(boxes, **settings):
    face = {
        'detector': {'plugin': 'fakes:FakeDetector'},
        'tracking': {'min_hits': 1, 'smoothing': 0.0},
    }
    voice = {'vad': {'plugin': 'fakes:FakeVad'}}
    config = parse(PipelineConfig, {'face': face, 'voice': voice, **settings})
    stages = Stages()
    return EmotionPipeline(
        config,
        FaceBranch(config.face, faces_of(boxes), FakeFaceBackbone(logits_for('happy')), stages),
        VoiceBranch(config.voice, FakeVad(FakeVad.Config()), Hearing(logits_for('sad')), stages),
        load_fusion(config.fusion),
        stages,
    )


def results_of(pipeline, faces, sound):
    for frame in frames_of(faces):
        yield pipeline.process(
            frame.stamp_ns, frame, window_of(sound, frame.stamp_ns / seconds(1.0))
        )


@pytest.mark.parametrize(
    ('sound', 'speaks'),
    [(LEFT_SPEECH, LEFT_BOX), (RIGHT_SPEECH, RIGHT_BOX)],
    ids=['left', 'right'],
)
def test_in_a_group_the_voice_goes_to_the_one_who_speaks(sound, speaks):
    faces = [(LEFT_BOX, LEFT_SPEECH), (RIGHT_BOX, RIGHT_SPEECH)]
    results = list(results_of(pipeline_of([LEFT_BOX, RIGHT_BOX]), faces, sound))[100:]
    right = 0
    for result in results:
        assert result.focus.face.w == LEFT_BOX[2]
        heard = [person.face for person in result.people if 'voice' in person.alone]
        assert [face.track_id for face in heard] == [result.speaker]
        right += heard[0].w == speaks[2]
    assert right / len(results) > 0.8


def test_the_offset_of_the_sound_is_learned_on_the_way():
    pipeline = pipeline_of([LEFT_BOX])
    for frame in frames_of([(LEFT_BOX, LEFT_SPEECH)]):
        end_s = frame.stamp_ns / seconds(1.0)
        window = window_of(LEFT_SPEECH, end_s, offset_s=0.2)
        result = pipeline.process(frame.stamp_ns, frame, window)
    assert result.av_offset.offset_s == pytest.approx(0.2, abs=0.05)
    assert result.av_offset.confidence > 0.98
    assert pipeline.sound_offset_ns == 0


def test_a_known_offset_is_taken_out_where_that_is_asked_for():
    pipeline = pipeline_of([LEFT_BOX], sync={'correct': True})
    windows = []
    results = list(drive(samples_of(0.25), pipeline, windows.append))
    assert pipeline.sound_offset_ns == pytest.approx(seconds(0.25), abs=seconds(0.05))
    assert results[-1].av_offset.offset_s == pytest.approx(0.25, abs=0.05)
    last = windows[-40]
    wanted = window_of(LEFT_SPEECH, last.stamp_ns / seconds(1.0))
    shift = round((pipeline.sound_offset_ns / seconds(1.0) - 0.25) * SOUND_HZ)
    heard = last.samples[: len(wanted.samples) - 8000]
    lags = range(-800, 801, 8)
    fits = [
        float(heard[1000:-1000] @ wanted.samples[1000 + k : len(heard) - 1000 + k]) for k in lags
    ]
    assert lags[int(np.argmax(fits))] == pytest.approx(shift, abs=40)


def test_other_offsets_of_the_streams_make_it_learn_anew():
    pipeline = pipeline_of([LEFT_BOX], sync={'correct': True})
    list(drive(samples_of(0.25), pipeline))
    settings = {'clocks': {'microphone_offset': -0.25}, 'sync': {'correct': True}}
    pipeline.apply(pipeline_of([LEFT_BOX], **settings).config)
    assert pipeline.sound_offset_ns == 0


def learned(offset_s, correct):
    audiovisual = AudioVisual(SpeakerConfig(), SyncConfig(correct=correct))
    mouths = history_of({1: amounts(LEFT_SPEECH, 0.5, seed=3)}, LONG)
    for end_s in np.arange(1.0, LONG, FRAME_S):
        window = window_of(LEFT_SPEECH, end_s, offset_s=offset_s)
        # as the caller takes the offset out
        audiovisual.learn(moved(window, -audiovisual.taken_out_ns), mouths, 1)
    return audiovisual


def test_an_offset_is_corrected_only_if_a_parameter_says_so():
    assert learned(0.2, correct=False).taken_out_ns == 0
    audiovisual = learned(0.2, correct=True)
    assert audiovisual.taken_out_ns == pytest.approx(seconds(0.2), abs=seconds(0.02))
    assert audiovisual.best_offset().offset_s == pytest.approx(0.2, abs=0.02)
    audiovisual.apply(SpeakerConfig(), SyncConfig(correct=False))
    assert audiovisual.taken_out_ns == 0
    audiovisual.apply(SpeakerConfig(), SyncConfig(correct=True))
    assert audiovisual.taken_out_ns == pytest.approx(seconds(0.2), abs=seconds(0.02))


def test_an_offset_that_nobody_notices_is_left_alone():
    assert learned(0.005, correct=True).taken_out_ns == 0


def test_reset_keeps_the_offset_of_the_devices():
    audiovisual = learned(0.2, correct=True)
    audiovisual.reset()
    assert audiovisual.taken_out_ns != 0
    audiovisual.forget_offset()
    assert (audiovisual.taken_out_ns, audiovisual.best_offset()) == (0, None)
