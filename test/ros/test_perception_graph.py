"""Perception and policy in processes of their own; the test is the camera and the microphone.

The nodes are shared by the tests, as they are on a robot that runs all day: each test must leave
them alive, whatever it sends.
"""

from __future__ import annotations

import array
import time

import pytest
import ros_fakes
from ros_graph import (
    DescribeParameters,
    Expression,
    Graph,
    qos,
    stamp_ns,
    wait_until,
)
from ros_robot import HEIGHT, WIDTH, Robot

from fer_ros.types import NS_PER_S


@pytest.fixture(scope='module')
def robot(tmp_path_factory):
    graph = Graph()
    robot = Robot(graph, tmp_path_factory.mktemp('models'))
    yield robot
    robot.senses.close()
    graph.close()


@pytest.fixture(autouse=True)
def at_rest(robot):
    """Each test begins with everything off, and leaves both nodes running."""
    robot.senses.show(None)
    robot.senses.sound(None)
    robot.senses.say_format('wave')
    yield
    assert robot.perception.running, robot.perception.output
    assert robot.policy.running, robot.policy.output
    assert 'Traceback' not in robot.perception.output


def test_an_expression_is_stamped_with_the_capture_of_the_picture(robot):
    robot.senses.show(ros_fakes.COLOURS['sad'])
    message = robot.until_emotion('sad')
    assert stamp_ns(message) in robot.senses.sent_ns
    assert message.header.frame_id == 'camera'
    assert 0.5 < message.confidence <= 1.0
    robot.until_behaviour('comfort')


def test_scores_carry_the_whole_distribution_of_the_same_moment(robot):
    robot.senses.show(ros_fakes.COLOURS['angry'])
    message = robot.until_emotion('angry')
    scores = wait_until(
        lambda: [s for s in robot.scores if stamp_ns(s) == stamp_ns(message)], 'its scores'
    )[0]
    values = [result.score for result in scores.results]
    assert scores.results[0].class_id == 'angry'
    assert scores.results[0].score == pytest.approx(message.confidence)
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1.0, abs=1e-5)


def test_weights_say_how_much_each_modality_counted(robot):
    robot.senses.show(ros_fakes.COLOURS['angry'])
    robot.senses.sound(0.8)

    def both():
        newest = robot.weights[-1].results if robot.weights else []
        return newest if len(newest) == 2 else None

    weights = wait_until(both, 'weights of face and voice')
    assert {result.class_id for result in weights} == {'face', 'voice'}
    assert sum(result.score for result in weights) == pytest.approx(1.0, abs=1e-5)
    assert weights[0].score >= weights[1].score
    robot.senses.sound(None)
    robot.senses.show(None)
    wait_until(lambda: not robot.weights[-1].results, 'weights of nobody')


def test_a_face_has_topics_of_its_own_while_it_is_there(robot):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.until_emotion('happy')
    (name,) = wait_until(lambda: robot.tracked and robot.tracked[-1].ids, 'a tracked face')
    alone = robot.graph.listen(Expression, f'humans/faces/{name}/expression', qos.EMOTION)
    wait_until(lambda: alone and alone[-1].expression == 'happy', 'the expression of the face')
    robot.senses.show(ros_fakes.BLACK)
    wait_until(lambda: robot.tracked[-1].ids == [], 'nobody tracked')


@pytest.mark.parametrize('level', [None, 0.8], ids=['silent', 'with a voice'])
def test_no_face_stays_listed_when_the_camera_stops(robot, level):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.senses.sound(level)
    wait_until(lambda: robot.tracked and robot.tracked[-1].ids, 'a tracked face')
    robot.senses.show(None)
    wait_until(lambda: robot.tracked[-1].ids == [], 'nobody tracked')


def test_covering_the_camera_says_nobody_and_the_heartbeat_goes_on(robot):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.until_emotion('happy')
    robot.senses.show(ros_fakes.BLACK)
    message = robot.until_emotion('')
    assert message.confidence == 0.0
    start_ns = time.time_ns()
    beats = wait_until(lambda: len(robot.emotion.since(start_ns)) >= 15, 'the heartbeat') and (
        robot.emotion.since(start_ns)
    )
    assert {beat.expression for beat in beats} == {''}
    arrived_ns = robot.emotion.arrived_ns[-len(beats) :]
    rate_hz = (len(beats) - 1) * NS_PER_S / (arrived_ns[-1] - arrived_ns[0])
    assert rate_hz == pytest.approx(10.0, rel=0.3), 'a busy machine takes its time'


def test_a_camera_that_stops_is_nobody_and_the_policy_falls_back(robot):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.until_emotion('happy')
    robot.until_behaviour('celebrate')
    robot.senses.show(None)
    robot.until_emotion('')
    robot.until_behaviour('idle')


def test_a_camera_that_says_nothing_is_told_from_one_that_is_missing(robot):
    wait_until(
        lambda: robot.verdict('image').startswith('nothing arrives of /image, publishers: 1 ('),
        'the silent camera in diagnostics',
    )


@pytest.mark.parametrize('level', [None, 0.0], ids=['missing', 'silent'])
def test_without_a_voice_the_face_is_read(robot, level):
    robot.senses.sound(level)
    robot.senses.show(ros_fakes.COLOURS['sad'])
    robot.until_emotion('sad')


@pytest.mark.parametrize('colour', [None, ros_fakes.BLACK], ids=['missing', 'covered'])
def test_without_a_camera_the_voice_is_read(robot, colour):
    robot.senses.show(colour)
    robot.senses.sound(0.8)
    message = robot.until_emotion('happy')
    wait_until(lambda: robot.voice and robot.voice[-1].expression == 'happy', 'the voice alone')
    assert message.confidence > 0.5


BAD_IMAGES = {
    'step': {'step': 3 * WIDTH - 1},
    'size': {'height': HEIGHT + 1},
    'empty': {'data': array.array('B')},
    'encoding': {'encoding': 'cmyk42'},
    'no encoding': {'encoding': ''},
    'zero': {'height': 0, 'width': 0, 'step': 0, 'data': array.array('B')},
}


@pytest.mark.parametrize('fields', BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_a_malformed_picture_is_counted_and_survived(robot, fields):
    before, _ = robot.errors('image')
    wait_until(
        lambda: robot.senses.send_image(**fields) or robot.errors('image')[0] > before,
        'the count of bad pictures',
    )
    assert robot.errors('image')[1]
    robot.senses.show(ros_fakes.COLOURS['angry'])
    robot.until_emotion('angry')


@pytest.mark.parametrize(
    ('coding', 'data'),
    [('wave', b'odd'), ('mp3', b'\xff\xfb\x90\x00' * 50), ('gsm', bytes(320))],
    ids=['half a sample', 'mp3', 'unknown coding'],
)
def test_sound_that_cannot_be_read_is_counted_and_survived(robot, coding, data):
    before, _ = robot.errors('audio')
    robot.senses.say_format(coding)
    wait_until(
        lambda: robot.senses.send_sound(data) or robot.errors('audio')[0] > before,
        'the count of bad sound',
    )
    assert robot.errors('audio')[1]
    robot.senses.show(ros_fakes.COLOURS['angry'])
    robot.until_emotion('angry')
    robot.senses.say_format('wave')
    robot.senses.show(None)
    robot.senses.sound(0.8)
    robot.until_emotion('happy')


def describe(robot, name):
    request = DescribeParameters.Request(names=[name])
    return robot.graph.call(
        DescribeParameters, 'perception/describe_parameters', request
    ).descriptors[0]


def test_parameters_describe_themselves(robot):
    live = describe(robot, 'absent_after')
    assert '[s]' in live.description
    assert not live.read_only
    assert live.floating_point_range[0].from_value == pytest.approx(0.1)
    fixed = describe(robot, 'face.model')
    assert fixed.description
    assert fixed.read_only


def test_stamps_are_measured_and_can_be_corrected_live(robot):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.senses.sound(0.5)
    key = 'arrival minus capture p50 [s]'
    wait_until(lambda: robot.diagnosed('image').get(key), 'the age of pictures')
    wait_until(lambda: robot.diagnosed('audio').get(key), 'the age of sound')
    assert abs(float(robot.diagnosed('image')[key])) < 1.0
    assert robot.set_parameter('clocks.camera_offset', -0.25).successful

    def corrected():
        return [m for m in robot.face if stamp_ns(m) + NS_PER_S // 4 in robot.senses.sent_ns]

    wait_until(corrected, 'an expression with a corrected stamp')
    assert not robot.set_parameter('clocks.camera_offset', 3.0).successful
    assert robot.set_parameter('clocks.camera_offset', 0.0).successful


def test_a_live_parameter_changes_while_the_node_runs(robot):
    robot.senses.show(ros_fakes.COLOURS['happy'])
    robot.until_emotion('happy')
    assert robot.set_parameter('absent_after', 30.0).successful
    robot.senses.show(None)
    start_ns = time.time_ns()
    wait_until(lambda: len(robot.emotion.since(start_ns)) > 20, 'two seconds of heartbeat')
    assert robot.emotion[-1].expression == 'happy', 'the new limit is not in force'
    assert robot.set_parameter('absent_after', 0.7).successful
    robot.until_emotion('')


def test_another_fusion_brings_its_own_parameters(robot):
    assert not robot.set_parameter('fusion.entropy_exponent', 2.0).successful
    assert robot.set_parameter('fusion.plugin', 'confidence').successful
    wait_until(
        lambda: robot.set_parameter('fusion.entropy_exponent', 2.0).successful,
        'fusion.entropy_exponent',
    )
    robot.senses.show(ros_fakes.COLOURS['sad'])
    robot.until_emotion('sad')
    assert robot.set_parameter('fusion.plugin', 'product').successful
    wait_until(
        lambda: not robot.set_parameter('fusion.entropy_exponent', 2.0).successful, 'it is gone'
    )


@pytest.mark.parametrize(
    ('name', 'value', 'why'),
    [
        ('face.model', 'another', 'read'),
        ('absent_after', -1.0, 'range'),
        ('fusion.plugin', 'nothing_like_it', 'weighted_average'),
        ('no_such_parameter', True, 'declared'),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(robot, name, value, why):
    result = robot.set_parameter(name, value)
    assert not result.successful
    assert why in result.reason


def test_it_can_be_deactivated_and_activated_again(robot):
    robot.senses.show(ros_fakes.COLOURS['sad'])
    robot.until_emotion('sad')
    assert robot.graph.transition('perception', 'deactivate')
    robot.until_behaviour('idle')
    wait_until(lambda: robot.tracked[-1].ids == [], 'nobody tracked')
    assert robot.graph.transition('perception', 'activate')
    robot.until_emotion('sad')
