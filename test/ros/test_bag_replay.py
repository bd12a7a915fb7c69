"""A bag that is played into the running node gives the labels that evaluating it gives."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import ros_fakes
from bag_player import BagPlayer
from clips import FPS, write_clip
from evaluations import write_settings
from ros_graph import Expression, qos, stamp_ns, wait_until

from fer_ros.evaluation.bag_writing import write_bag
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import find_recordings
from fer_ros.evaluation.replay import Outcome, Replayer, Task
from fer_ros.evaluation.results import ESTIMATE_COLUMNS, FUSED
from fer_ros.parameter_files import read_file
from fer_ros.perception_config import PerceptionConfig
from fer_ros.sources import open_media
from fer_ros.types import FACE, NS_PER_S, VOICE

SECONDS = 8.0
START_NS = 1_700_000_000 * NS_PER_S
LOOKS = ('happy', 'sad', 'angry', 'sad')


@pytest.fixture
def bag(tmp_path) -> Path:
    """Somebody whose mood changes, and who speaks in between."""
    clip = write_clip(
        tmp_path / 'clip.mov',
        SECONDS,
        lambda time: ros_fakes.COLOURS[LOOKS[int(time / SECONDS * len(LOOKS))]],
        lambda time: 0.8 if 2.5 < time < 5.5 else 0.0,
    )
    write_bag(tmp_path / 'bag', open_media(clip, START_NS))
    return tmp_path / 'bag'


def offline(bag: Path, settings: Path) -> dict[str, dict[int, str]]:
    """By modality: what evaluating says, by the stamp of what it is said of."""
    config = read_file(PerceptionConfig, settings, 'perception')
    (source,) = find_recordings([bag], Topics(), 25.0)
    outcome = Replayer(config).replay(Task(source, None))
    assert isinstance(outcome, Outcome)
    said: dict[str, dict[int, str]] = {}
    for row in csv.DictReader(io.StringIO(outcome.estimates), ESTIMATE_COLUMNS):
        said.setdefault(row['modality'], {})[int(row['stamp_ns'])] = row['label']
    return said


def test_a_bag_that_is_played_gives_the_labels_of_its_evaluation(graph, bag, tmp_path):
    expected = offline(bag, write_settings(tmp_path))
    assert set(expected[FACE].values()) == set(LOOKS)
    models = ros_fakes.perception_parameters(tmp_path / 'live')
    heard = {
        FUSED: graph.listen(Expression, 'emotion', qos.EMOTION),
        FACE: graph.listen(Expression, 'emotion/face', qos.EMOTION),
        VOICE: graph.listen(Expression, 'emotion/voice', qos.EMOTION),
    }
    player = BagPlayer(graph, bag)
    assert player.topics == ['/audio', '/audio_info', '/image']
    player.tick(START_NS)
    graph.start_node('perception', models | {'use_sim_time': True, 'publish_rate': float(FPS)})
    graph.bring_up('perception')
    wait_until(player.listeners, 'the node listens to all topics')
    player.play()
    last_ns = max(expected[FACE])
    wait_until(lambda: heard[FACE] and stamp_ns(heard[FACE][-1]) >= last_ns - NS_PER_S, 'the end')

    for modality, messages in heard.items():
        said = {stamp_ns(m): m.expression for m in list(messages) if m.expression}
        # who drops a frame cannot speak of it; of the others both must say the same
        common = said.keys() & expected[modality].keys()
        same = sum(said[at_ns] == expected[modality][at_ns] for at_ns in common)
        if modality == VOICE:  # read at moments of its own, but always the same
            assert set(said.values()) == set(expected[VOICE].values()) == {'happy'}
        else:
            assert len(common) > 0.3 * len(expected[FACE])
            assert set(said.values()) == set(expected[modality].values())
            # a frame dropped at a change of mood moves the change by that frame
            assert same >= len(common) - len(LOOKS) - 1
