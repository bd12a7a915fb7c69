from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import write_clip

from fer_ros.annotation.film import Film
from fer_ros.annotation.material import CONTENT, FILM, MaterialError, guesses_of, prepare
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import find_recordings
from fer_ros.labels import LABELS
from fer_ros.people import Person
from fer_ros.pipeline import Result
from fer_ros.types import NS_PER_S, AudioChunk, Estimate, Frame

START_NS = 1_000 * NS_PER_S
RATE_HZ = 16000


def frame(at_s, level, size=(64, 96)):
    image = np.full((*size, 3), level, np.uint8)
    return Frame(START_NS + round(at_s * NS_PER_S), '', image)


def tone(at_s, seconds, rate_hz=RATE_HZ):
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    samples = (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    return AudioChunk(START_NS + round(at_s * NS_PER_S), rate_hz, samples)


def film(path, samples):
    made = Film(path, START_NS)
    for sample in sorted(samples, key=lambda each: each.stamp_ns):
        made.add(sample)
    made.close()
    return path


def pictures(path):
    """Time in seconds and mean brightness of each picture."""
    with av.open(str(path)) as container:
        return [
            (each.time, each.to_ndarray(format='gray').mean())
            for each in container.decode(video=0)
        ]


def loudness(path, step_s=0.1):
    """Root mean square of each step of the sound."""
    with av.open(str(path)) as container:
        decoded = [(each.time, each.to_ndarray()[0]) for each in container.decode(audio=0)]
        rate_hz = container.streams.audio[0].rate
    end = round((decoded[-1][0] + 1) * rate_hz)
    whole = np.zeros(end)
    for time, samples in decoded:
        first = round(time * rate_hz)
        whole[max(first, 0) : first + len(samples)] = samples[max(-first, 0) :]
    size = round(step_s * rate_hz)
    steps = whole[: len(whole) // size * size].reshape(-1, size)
    return np.sqrt((steps**2).mean(1))


def test_pictures_and_sound_keep_their_times(tmp_path):
    frames = [frame(at, 40 if at < 1 else 200) for at in np.arange(0, 2, 0.1)]
    path = film(tmp_path / 'film.mp4', [*frames, *(tone(1 + n / 10, 0.1) for n in range(10))])
    seen = pictures(path)
    assert [round(time, 2) for time, _ in seen] == [round(0.1 * n, 2) for n in range(20)]
    assert all((level > 120) == (time > 0.95) for time, level in seen)
    levels = loudness(path)
    assert (levels[1:9] < 0.01).all()
    assert (levels[11:19] > 0.2).all()


def test_a_gap_in_the_sound_is_silence(tmp_path):
    path = film(tmp_path / 'film.mp4', [tone(0, 0.5), tone(3.0, 0.5)])
    levels = loudness(path)
    assert (levels[1:4] > 0.2).all()
    assert (levels[6:29] < 0.01).all()
    assert (levels[31:34] > 0.2).all()


def test_sound_that_comes_twice_is_heard_once(tmp_path):
    path = film(tmp_path / 'film.mp4', [tone(0, 1.0), tone(0.5, 1.0)])
    levels = loudness(path)
    assert (levels[1:14] > 0.2).all()
    assert (levels[16:] < 0.01).all()


def test_the_rate_of_the_sound_may_change(tmp_path):
    path = film(tmp_path / 'film.mp4', [tone(0, 0.5), tone(0.5, 0.5, 44100)])
    assert (loudness(path)[1:9] > 0.2).all()


def test_sizes_may_be_odd_large_or_change(tmp_path):
    path = film(
        tmp_path / 'film.mp4', [frame(0, 50, (721, 999)), frame(0.5, 60, (31, 17)), frame(0.5, 70)]
    )
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.height == 480
        assert stream.width % 2 == 0
    assert len(pictures(path)) == 2


def test_a_picture_that_comes_later_than_the_sound_stands_from_the_beginning(tmp_path):
    path = film(tmp_path / 'film.mp4', [tone(0, 1.0), frame(0.6, 90), frame(0.8, 90)])
    assert [round(time, 2) for time, _ in pictures(path)] == [0.0, 0.8]


@pytest.fixture
def source(tmp_path):
    path = write_clip(
        tmp_path / 'clip.mkv', 2.0, lambda t: (200, 90, 20), lambda t: 0.0 if t < 1 else 0.5
    )
    (found,) = find_recordings([path], Topics(), 25.0)
    return found


def never(share):
    raise AssertionError('it is in the cache')


def result(at_s, label, confidence=0.5):
    """What the pipeline says at a moment; nobody is there where the label is None."""
    people = ()
    if label is not None:
        probabilities = np.full(len(LABELS), (1 - confidence) / (len(LABELS) - 1), np.float32)
        probabilities[LABELS.index(label)] = confidence
        people = (Person(None, Estimate(0, label, probabilities, {'face': 1.0}), {}),)
    return Result(START_NS + round(at_s * NS_PER_S), None, people, {})


def test_guesses_are_stretches_of_one_label():
    said = [
        (0.0, 'sad'),
        (0.5, 'sad'),
        (1.0, 'happy'),
        (1.5, 'happy'),
        (2.0, None),
        (5.0, 'happy'),
    ]
    results = [result(at, label, 0.5 + at / 10) for at, label in [*said, (5.5, 'happy')]]
    guesses = [(each.start, each.end, each.label) for each in guesses_of(results, START_NS)]
    assert guesses == [(0.0, 1.0, 'sad'), (1.0, 1.5, 'happy'), (5.0, 5.5, 'happy')]
    assert guesses_of(results, START_NS)[1].confidence == 0.65


def test_nobody_gives_no_guess():
    assert guesses_of([result(0, None), result(1, None)], START_NS) == []


def test_material_is_made_once(source, tmp_path):
    shares = []
    material, path = prepare(source, None, tmp_path / 'cache', shares.append)
    assert material.seconds == pytest.approx(2.0, abs=0.1)
    assert material.has_pictures
    assert material.guesses == ()
    assert [level > -20 for _, level in material.levels] == [False] * 10 + [True] * 10
    assert shares == sorted(shares)
    assert len(pictures(path)) == 40
    assert prepare(source, None, tmp_path / 'cache', never) == (material, path)


def test_a_recording_that_changed_is_read_again(source, tmp_path):
    _, path = prepare(source, None, tmp_path / 'cache', lambda share: None)
    write_clip(source.path, 1.0, lambda t: (1, 2, 3), lambda t: 0.0)
    material, other = prepare(source, None, tmp_path / 'cache', lambda share: None)
    assert material.seconds == pytest.approx(1.0, abs=0.1)
    assert other != path


def test_a_preparation_that_is_stopped_leaves_nothing(source, tmp_path):
    def stop(share):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(source, None, tmp_path / 'cache', stop)
    assert list((tmp_path / 'cache').iterdir()) == []


def test_a_single_picture_cannot_be_labelled(tmp_path):
    path = tmp_path / 'face.png'
    cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    (found,) = find_recordings([path], Topics(), 25.0)
    with pytest.raises(MaterialError, match='single picture'):
        prepare(found, None, tmp_path / 'cache', lambda share: None)


def test_a_broken_cache_is_made_again(source, tmp_path):
    _, path = prepare(source, None, tmp_path / 'cache', lambda share: None)
    (path.parent / CONTENT).unlink()
    _, again = prepare(source, None, tmp_path / 'cache', lambda share: None)
    assert again == path
    assert {each.name for each in Path(path.parent).iterdir()} == {CONTENT, FILM}
