"""The benchmark finds what is known beforehand of made-up streams."""

from __future__ import annotations

import json

import numpy as np
import pytest
import ros_graph  # noqa: F401, skips this file where there is no ROS

from fer_ros import cli
from fer_ros.ros.sync_benchmark import measured
from fer_ros.ros.sync_streams import CONDITIONS, FPS, RATE_HZ, Run, arrivals

SECONDS = 9.0
STEADY = CONDITIONS[0]


@pytest.mark.parametrize('condition', CONDITIONS, ids=lambda condition: condition.name)
def test_streams_have_every_sample_once_in_order_of_arrival(condition):
    messages = arrivals(31.25, condition, SECONDS)
    assert sum(message.is_picture for message in messages) == SECONDS * FPS
    sound = [m.message.audio.audio_data.float32_data for m in messages if not m.is_picture]
    numbers = np.sort(np.concatenate(sound)) * 2.0**24
    np.testing.assert_array_equal(numbers[: round(SECONDS * RATE_HZ)], 1 + np.arange(144_000))
    times = [message.time_s for message in messages]
    assert times == sorted(times)


def test_what_comes_through_is_counted():
    """A synchronizer that gives every other picture the last chunk."""
    one = Run(SECONDS, window_s=3.0)
    last = []
    one.audio.registerCallback(last.append)
    one.images.registerCallback(
        lambda picture: picture.number % 2 or not last or one.take_chunk(picture, last[-1])
    )
    one.feed(arrivals(10.0, STEADY, SECONDS))
    outcome = one.outcome()
    assert outcome.sound == 1.0
    assert outcome.pictures == 0.5
    assert outcome.window == pytest.approx(0.1 / 3.0)
    assert outcome.wait_s == 0.0


def test_our_filter_loses_nothing_where_pairs_lose_most():
    rows = {row.synchronizer: row.outcome for row in measured([100.0], SECONDS, [STEADY])}
    ours, theirs = rows['AudioWindowFilter'], rows['ApproximateTimeSynchronizer']
    assert (ours.sound, ours.pictures, ours.window) == (1.0, 1.0, 1.0)
    assert theirs.pictures == 1.0
    assert theirs.sound == pytest.approx(FPS / 100.0, abs=0.01)


def test_programs_can_read_it(capsys, monkeypatch):
    monkeypatch.setattr('fer_ros.ros.sync_benchmark.SLOPS_S', (0.05,))
    monkeypatch.setattr('fer_ros.ros.sync_benchmark.QUEUES', (10,))
    words = ['bench', 'sync', '--format', 'json', '--chunk-rates', '10', '--seconds', '9']
    assert cli.main(words) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 3 * len(CONDITIONS)
    assert rows[0]['outcome']['sound'] == 1.0


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--seconds', '2'], '--seconds 2 is less than 9'),
        (['--chunk-rates', '10', '0'], r'--chunk-rates [10.0, 0.0]: not in (0, 16000]'),
    ],
)
def test_streams_that_cannot_be_are_refused(words, message, capsys):
    assert cli.main(['bench', 'sync', *words]) == 2
    assert message in capsys.readouterr().err


def test_a_length_that_is_no_number_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'sync', '--seconds', 'nan'])
    assert 'nan is not in 0.1 to 3600' in capsys.readouterr().err
