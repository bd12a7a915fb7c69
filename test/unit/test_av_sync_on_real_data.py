"""Real speech, a real face; and, where there are any, real clips of people who speak.

In the pictures at hand nobody speaks with a voice of their own.  So a real face gets a mouth drawn
onto it that opens as loud as real speech is; head, light and camera move and are noisy.  Clips of
speaking people, each of one person and 12 s or longer, are looked for in
FER_ROS_DATA/talking_faces.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from mouths import SOUND_HZ, window_of

from fer_ros import plugins
from fer_ros.av_offset import OffsetEstimator, SyncConfig
from fer_ros.data.ravdess import Ravdess
from fer_ros.drive import Scenes
from fer_ros.face.branch import FaceConfig
from fer_ros.face.mouth import MouthMeter
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.perception_config import PerceptionConfig
from fer_ros.pipeline import EmotionPipeline
from fer_ros.sources import open_media
from fer_ros.types import NS_PER_S, Frame

pytestmark = pytest.mark.data
FPS, SECONDS = 25, 30.0


@pytest.fixture(scope='module')
def voice(data_folder):
    """Half a minute of one actor of RAVDESS."""
    if not list(data_folder.rglob('ravdess_speech')):
        pytest.skip(f'no ravdess_speech in {data_folder}')
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    numbers = corpus.splits()['val']
    sound = np.concatenate([corpus.example(number)['input'] for number in numbers[:12]])
    return sound[: round((SECONDS + 1) * SOUND_HZ)]


@pytest.fixture(scope='module')
def portrait(data_folder):
    """A picture of a real face, and where it is found by the usual detector."""
    path = data_folder / 'samples' / 'single_face.jpg'
    if not path.is_file():
        pytest.skip(f'no {path}')
    frame = next(open_media(path))
    scale = 200 / frame.image.shape[0]
    image = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detector = plugins.build('face_detector', FaceConfig().detector)
    return image, detector.detect(image)[0]


def frames_of(image, face, opening):
    """The face with a mouth that opens, in front of a camera that is held by hand."""
    random = np.random.default_rng(0)
    corners = face.landmarks[3:]
    width = float(np.hypot(*(corners[1] - corners[0])))
    x, y = corners.mean(axis=0).tolist()
    sway = np.cumsum(random.normal(0.0, 0.4, (len(opening), 2)), axis=0)
    sway -= np.linspace(0, 1, len(opening))[:, None] * sway[-1]
    for number, wide in enumerate(opening):
        drawn = image.copy()
        axes = round(0.3 * width), round(0.3 * width * wide)
        cv2.ellipse(drawn, (round(x), round(y)), axes, 0, 0, 360, (60, 25, 25), -1, cv2.LINE_AA)
        dx, dy = sway[number].tolist()
        moved = cv2.warpAffine(drawn, np.array([[1, 0, dx], [0, 1, dy]]), drawn.shape[1::-1])
        light = 1.0 + 0.1 * np.sin(number / 40)
        noisy = moved * light + random.normal(0.0, 3.0, moved.shape)
        where = replace(
            face,
            x=face.x + dx,
            y=face.y + dy,
            landmarks=face.landmarks + np.float32([dx, dy]),
            track_id=1,
        )
        yield (
            Frame(round(number * NS_PER_S / FPS), '', np.clip(noisy, 0, 255).astype(np.uint8)),
            where,
        )


def opening_of(sound):
    """How wide the mouth is open [0, 1] in each frame, by the level of the sound."""
    loudness = np.sqrt(np.convolve(np.square(sound), np.ones(1600) / 1600, mode='same'))
    times = np.arange(0.0, SECONDS, 1 / FPS)
    seen = np.interp(times, np.arange(len(sound)) / SOUND_HZ, loudness)
    return np.clip(seen / np.quantile(seen, 0.95), 0.0, 1.0)


@pytest.fixture(scope='module')
def mouths(portrait, voice):
    meter, history = MouthMeter(), MouthHistory(seconds=1000.0)
    for frame, face in frames_of(*portrait, opening_of(voice)):
        history.add(meter.measure(frame, [face]))
    return history


def learned(mouths, sound, offset_s):
    estimator = OffsetEstimator(SyncConfig())
    for end_s in np.arange(1.0, SECONDS, 1 / FPS):
        estimator.add(window_of(sound, end_s, offset_s=offset_s), mouths, 1)
    return estimator


@pytest.mark.parametrize('offset_s', [-0.35, 0.0, 0.25])
def test_a_real_face_with_a_drawn_mouth_and_real_speech(mouths, voice, offset_s):
    found = learned(mouths, voice, offset_s).estimate()
    assert found.offset_s == pytest.approx(offset_s, abs=0.06)


def test_real_speech_that_the_mouth_does_not_say(mouths, voice):
    assert learned(mouths, voice[::-1], 0.0).estimate() is None


@pytest.mark.slow
def test_real_clips_that_are_shifted_by_known_amounts(data_folder):
    clips = sorted((data_folder / 'talking_faces').glob('*.m*'))
    if not clips:
        pytest.skip(f'no clips in {data_folder / "talking_faces"}')
    config = PerceptionConfig()
    for clip in clips:
        found = {}
        for shift_s in (0.0, -0.3, 0.2):
            clocks = replace(config.clocks, microphone_offset=shift_s)
            scenes = Scenes(EmotionPipeline.load(replace(config, clocks=clocks)))
            for result in scenes.results(open_media(clip)):
                found[shift_s] = result.av_offset
        for shift_s, offset in found.items():
            assert offset.offset_s - shift_s == pytest.approx(found[0.0].offset_s, abs=0.03), clip
        assert abs(found[0.0].offset_s) < 0.15, clip
