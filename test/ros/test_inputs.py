"""What perception says of its inputs before anything of them can be used."""

from __future__ import annotations

import pytest
from ros_graph import AudioDataStamped, AudioInfo, qos, wait_until

from fer_ros.config import parse
from fer_ros.perception_config import PerceptionConfig
from fer_ros.ros.inputs import Inputs, unused


class Ears:
    """The inputs of a node that keep what they are given, and a microphone."""

    def __init__(self, graph, config):
        self.chunks, self.errors = [], []
        self._sound = graph.node.create_publisher(AudioDataStamped, 'audio', 10)
        self.inputs = Inputs(
            graph.node,
            config,
            put_frame=lambda make_frame: None,
            put_audio=self.chunks.append,
            on_error=lambda part, error: self.errors.append(f'{part}: {error}'),
        )

    def hear(self):
        message = AudioDataStamped()
        message.header.stamp.sec = 1
        message.audio.data = bytes(320)
        self._sound.publish(message)
        return self.errors or self.chunks


@pytest.fixture
def ears(graph):
    ears = Ears(graph, PerceptionConfig())
    yield ears
    ears.inputs.destroy()


def test_sound_without_its_format_tells_on_which_topic_that_is_waited_for(graph, ears):
    wait_until(ears.hear, 'sound')
    assert ears.errors[0].endswith('on /audio_info, publishers: 0')
    info = graph.node.create_publisher(AudioInfo, 'audio_info', qos.LATCHED)
    wait_until(lambda: ears.hear() and ears.errors[-1].endswith('publishers: 1'), 'the other one')
    info.publish(
        AudioInfo(channels=1, sample_rate=16000, sample_format='S16LE', coding_format='wave')
    )
    wait_until(lambda: ears.hear() and ears.chunks, 'sound that is understood')


@pytest.mark.parametrize(
    ('off', 'missing', 'there'), [('voice', 'audio', 'image'), ('face', 'image', 'audio')]
)
def test_of_a_modality_that_is_not_enabled_nothing_is_received(graph, off, missing, there):
    config = parse(PerceptionConfig, {off: {'enabled': False}})
    ears = Ears(graph, config)
    assert set(ears.inputs.sources()) == {there}
    assert unused(config) == {missing: f'{off}.enabled is false'}
    wait_until(lambda: graph.node.count_subscribers(there) == 1, 'who listens')
    assert graph.node.count_subscribers(missing) == 0
    ears.inputs.destroy()
