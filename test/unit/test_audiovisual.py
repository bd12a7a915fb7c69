"""Drawn faces that speak made-up speech, through the whole pipeline."""

import cv2
import numpy as np
import pytest
from mouths import FRAME_S, SOUND_HZ, amounts, history_of, speech, window_of

from fakes import FakeAudioBackbone, FakeFaceBackbone, FakeVad, faces_of, logits_for, seconds
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
from fer_ros.types import AudioChunk, Frame

LONG = 20.0
LEFT_SPEECH, RIGHT_SPEECH = speech(LONG, seed=1), speech(LONG, seed=2)
LEFT_BOX, RIGHT_BOX = (10, 20, 90, 90), (130, 30, 70, 70)
"""The left one is larger and has the focus."""


class Hearing(FakeAudioBackbone):
    rate_hz = SOUND_HZ
    window_s = 3.0


def openings(sound):
    """How wide a mouth is open [0, 1] at each frame while it speaks."""
    loudness = np.sqrt(np.convolve(sound**2, np.ones(1600) / 1600, mode='same'))
    times = np.arange(0.0, LONG, FRAME_S)
    return np.interp(times, np.arange(len(sound)) / SOUND_HZ, loudness / loudness.max())


def picture(boxes_and_openings):
    """Faces of two eyes and a mouth, on a ground of noise."""
    image = np.random.default_rng(0).integers(90, 110, (140, 220), dtype=np.uint8)
    for (x, y, w, h), opening in boxes_and_openings:
        for eye_x in (0.3, 0.7):
            cv2.circle(image, (round(x + eye_x * w), round(y + 0.3 * h)), round(0.07 * w), 30, -1)
        axes = round(0.14 * w), round(0.02 * h + 0.1 * h * opening)
        cv2.ellipse(image, (round(x + 0.5 * w), round(y + 0.78 * h)), axes, 0, 0, 360, 20, -1)
    return np.repeat(cv2.GaussianBlur(image, (0, 0), 1)[..., None], 3, axis=2)


def frames_of(faces):
    """The frames of people, each a box and what it speaks."""
    opened = [(box, openings(sound)) for box, sound in faces]
    for number in range(round(LONG / FRAME_S)):
        image = picture([(box, opening[number]) for box, opening in opened])
        yield Frame(seconds(number * FRAME_S), 'camera', image)


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


def late_samples(offset_s):
    """A face that speaks, with sound that is stamped too late, in order of stamps."""
    size = SOUND_HZ // 50
    sound = [
        AudioChunk(
            seconds(start / SOUND_HZ + offset_s), SOUND_HZ, LEFT_SPEECH[start : start + size]
        )
        for start in range(0, len(LEFT_SPEECH), size)
    ]
    return sorted([*sound, *frames_of([(LEFT_BOX, LEFT_SPEECH)])], key=lambda part: part.stamp_ns)


def test_a_known_offset_is_taken_out_where_that_is_asked_for():
    pipeline = pipeline_of([LEFT_BOX], sync={'correct': True})
    windows = []
    results = list(drive(late_samples(0.25), pipeline, windows.append))
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
    list(drive(late_samples(0.25), pipeline))
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
