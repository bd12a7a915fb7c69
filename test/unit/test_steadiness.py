"""Flips and delays, on sequences of which both are known."""

import argparse

import numpy as np
import pytest
from clips import write_clip

from fakes import C, seconds, write_models
from fer_ros.commands import bench_smoothing
from fer_ros.evaluation.steadiness import NONE, Method, Seen, delays_s, flips, labels_of, people_of
from fer_ros.labels import LABELS, index_of
from fer_ros.parameter_files import read_file
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.smoothing.exponential import Exponential
from fer_ros.smoothing.steady import LabelConfig
from fer_ros.sources import open_media

FPS = 20


def seen(labels, strength=0.9):
    """Somebody who shows these labels, one for each frame."""
    rows = np.full((len(labels), C), (1 - strength) / (C - 1), np.float32)
    rows[np.arange(len(labels)), [index_of(label) for label in labels]] = strength
    return Seen([seconds(number / FPS) for number in range(len(labels))], rows)


def average(tau, **label):
    plain = {'hysteresis': 0.0, 'dwell': 0.0}
    return Method(
        Exponential(Exponential.Config(time_constant=tau)), LabelConfig(**(plain | label))
    )


def test_without_smoothing_every_change_is_a_flip():
    people = [seen(['sad', 'sad', 'happy', 'sad']), seen(['sad', 'angry'])]
    assert [LABELS[label] for label in labels_of(people[0], NONE)] == [
        *('sad', 'sad', 'happy', 'sad')
    ]
    assert flips(people, NONE) == 3


def test_smoothing_takes_single_frames_out():
    noisy = seen((['sad'] * 9 + ['happy']) * 20)
    assert flips([noisy], NONE) == 39
    assert flips([noisy], average(0.5)) == 0


def test_without_smoothing_changes_are_followed_at_once():
    assert set(delays_s([seen(['sad'] * 200)], NONE)) == {0.0}


@pytest.mark.parametrize('tau', [0.2, 0.5])
def test_the_delay_of_an_average_is_known(tau):
    delays = delays_s([seen(['sad'] * 400)], average(tau))
    # both labels are equally probable after tau * ln 2; the first frame of the change is one step
    wanted = tau * np.log(2) - 1 / FPS
    assert max(delays) - min(delays) < 1e-6
    assert wanted <= delays[0] <= wanted + 1 / FPS + 1e-6


def test_a_label_that_never_follows_counts_until_the_end():
    delays = delays_s([seen(['sad'] * 200)], average(1e9))
    assert delays == sorted(delays, reverse=True)
    assert delays[-1] == pytest.approx(0.15 * 10.0, abs=0.1)


def test_delays_are_of_people_who_are_seen_for_long():
    assert delays_s([seen(['sad'] * 100)], NONE) == []


@pytest.fixture
def clip(tmp_path):
    """A person for three seconds, with a voice."""
    return write_clip(tmp_path / 'clip.mov', 3.0, lambda time: (200, 200, 200), lambda time: 0.5)


def test_people_of_a_recording_are_those_of_the_pipeline(clip, tmp_path):
    config = read_file(PipelineConfig, write_models(tmp_path), 'perception')
    (person,) = people_of(open_media(clip), EmotionPipeline.load(config))
    assert person.probabilities.shape == (len(person.stamps_ns), C)
    assert person.duration_s == pytest.approx(3.0, abs=0.3)


def test_the_benchmark_prints_a_row_for_each_smoothing(clip, tmp_path, capsys):
    parser = argparse.ArgumentParser()
    bench_smoothing.add_arguments(parser)
    words = ['--config', str(write_models(tmp_path)), str(clip), str(clip)]
    assert bench_smoothing.run(parser.parse_args(words)) == 0
    printed = capsys.readouterr().out
    assert printed.count('\nnone ') == 3
    assert printed.count('\nexponential ') == printed.count('\nhidden_markov ') == 3
    assert 'all 2 files: 2 people' in printed
