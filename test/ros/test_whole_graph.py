"""Media, perception and policy, each in a process of its own, and a listener."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import numpy as np
import pytest
import ros_fakes
from clips import write_clip
from ros_graph import ROOT, Expression, Graph, Image, String, qos, stamp_ns, wait_until

from fer_ros.types import NS_PER_S

MGONZS13 = ROOT / '.ros' / 'audio_common_msgs_mgonzs13' / 'local_setup.bash'


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """Somebody sad who is silent, and then a voice from the dark."""
    return write_clip(
        tmp_path_factory.mktemp('clips') / 'clip.mov',
        6.0,
        lambda time: ros_fakes.COLOURS['sad'] if time < 3.0 else ros_fakes.BLACK,
        lambda time: 0.0 if time < 3.0 else 0.8,
    )


@pytest.fixture
def models(tmp_path):
    return ros_fakes.perception_parameters(tmp_path)


def start(graph: Graph, models, env=None):
    """Perception and policy, active, and what comes out of them."""
    emotion = graph.listen(Expression, 'emotion', qos.EMOTION)
    behaviour = graph.listen(String, 'interaction/behaviour', qos.LATCHED)
    graph.start_node('perception', models, env)
    graph.start_node('policy', env=env)
    graph.bring_up('perception')
    graph.bring_up('policy')
    return emotion, behaviour


def said(heard, label):
    return [message for message in heard if message.expression == label]


def test_what_a_clip_shows_comes_out_with_its_capture_stamps(graph, models, clip):
    images = graph.listen(Image, 'image', 200)
    emotion, behaviour = start(graph, models)
    graph.start_node('media', {'source': clip, 'loop': True})

    # media waits for perception, not for this listener, which may miss the first pictures
    first_ns = stamp_ns(wait_until(lambda: images, 'a picture')[0])
    seen = wait_until(
        lambda: [m for m in said(emotion, 'sad') if stamp_ns(m) >= first_ns], 'the face'
    )
    heard = wait_until(
        lambda: [m for m in said(emotion, 'happy') if stamp_ns(m) >= first_ns], 'the voice'
    )
    last_ns = max(stamp_ns(message) for message in seen + heard)
    wait_until(lambda: images and stamp_ns(images[-1]) > last_ns, 'later pictures')
    pictures = {stamp_ns(image): np.frombuffer(image.data, np.uint8).mean() for image in images}
    assert {stamp_ns(message) for message in seen} <= set(pictures)
    darkness = pictures[max(at_ns for at_ns in pictures if at_ns <= stamp_ns(heard[0]))]
    assert darkness < 20, 'a voice before it spoke'
    wait_until(lambda: any(b.data == 'comfort' for b in behaviour), 'the behaviour for sadness')
    wait_until(lambda: any(b.data == 'celebrate' for b in behaviour), 'the one for happiness')


def test_without_media_nobody_is_there_within_a_second_and_the_policy_falls_back(
    graph, models, clip
):
    emotion, behaviour = start(graph, models)
    media = graph.start_node('media', {'source': clip, 'loop': True})
    wait_until(lambda: said(emotion, 'sad'), 'the face')
    media.kill()
    killed_ns = time.time_ns()

    def absent_ns():
        pairs = zip(list(emotion), emotion.arrived_ns, strict=False)
        return [at for message, at in pairs if at > killed_ns and message.expression == '']

    wait_until(absent_ns, 'nobody')
    assert (absent_ns()[0] - killed_ns) / NS_PER_S < 1.5, 'a second, and some for a busy machine'
    wait_until(lambda: behaviour[-1].data == 'idle', 'the fallback')


def test_the_other_audio_common_msgs_works_as_well(graph, models, clip):
    if not MGONZS13.is_file():
        pytest.skip(f'needs the other audio_common_msgs: {MGONZS13.parent.relative_to(ROOT)}')
    env = environment_after(MGONZS13)
    emotion, _ = start(graph, models, env)
    voice = graph.listen(Expression, 'emotion/voice', qos.EMOTION)
    graph.start_node('media', {'source': clip, 'loop': True}, env)
    wait_until(lambda: said(emotion, 'sad'), 'the face')
    wait_until(lambda: said(voice, 'happy'), 'the voice')
    types = dict(wait_until(lambda: named(graph, '/audio'), 'the topic of the sound'))
    assert types['/audio'] == ['audio_common_msgs/msg/AudioStamped']


def named(graph, topic):
    return [pair for pair in graph.node.get_topic_names_and_types() if pair[0] == topic]


def environment_after(setup):
    """The variables that sourcing a file sets."""
    text = subprocess.run(
        ['bash', '-c', f'source {setup} && env -0'],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout
    names = ('AMENT_PREFIX_PATH', 'LD_LIBRARY_PATH', 'PATH', 'PYTHONPATH')
    after = dict(entry.split('=', 1) for entry in text.split('\0') if '=' in entry)
    given = {name: after[name] for name in names if name in after}
    given['PYTHONPATH'] += f'{os.pathsep}{ROOT}{os.pathsep}{ROOT / "test"}'
    return given


@pytest.mark.parametrize(
    ('node', 'parameters', 'said'),
    [
        ('perception', {'face.model': 'no_such_model'}, 'no_such_model'),
        ('perception', {'voice.model': '/no/such/folder'}, '/no/such/folder'),
        ('policy', {'policy.rules_file': '/no/such/rules.yaml'}, '/no/such/rules.yaml'),
    ],
)
def test_a_node_that_cannot_be_configured_says_why_and_stays_to_be_asked_again(
    graph, models, node, parameters, said
):
    given = {**(models if node == 'perception' else {}), **parameters}
    process = graph.start_node(node, given)
    for _ in range(2):
        assert not graph.transition(node, 'configure')
    process.wait_for(said)
    assert 'Traceback' not in process.output
    assert process.interrupt() == 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_every_node_ends_cleanly_on_a_signal(graph, models, number):
    processes = {
        name: graph.start_node(name, models if name == 'perception' else {})
        for name in ('perception', 'policy', 'overlay', 'watch')
    }
    graph.bring_up('perception')
    graph.bring_up('policy')
    there = graph.node.get_node_names
    wait_until(lambda: set(processes) <= set(there()), 'all nodes')
    for process in processes.values():
        process.signal(number)
    for process in processes.values():
        assert process.wait() == 0, process.output
        assert 'Traceback' not in process.output
