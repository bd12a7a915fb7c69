"""The overlay node in a process of its own; the test is the camera and perception."""

from __future__ import annotations

import array

import numpy as np
import pytest
from ros_graph import (
    Classification,
    DiagnosticArray,
    Expression,
    Header,
    IdsList,
    Image,
    NormalizedRegionOfInterest2D,
    ObjectHypothesis,
    qos,
    stamp_ns,
    wait_until,
)

from fer_ros.overlay import COLOURS

WIDTH, HEIGHT, GREY = 640, 480, 120


@pytest.fixture
def publish(graph):
    """Publishes a message on a topic, with a stamp of now if it has a header."""
    publishers = {}

    def send(topic, message, profile=qos.EMOTION, stamp=None):
        if topic not in publishers:
            publishers[topic] = graph.node.create_publisher(type(message), topic, profile)
        message.header = Header(
            stamp=stamp or graph.node.get_clock().now().to_msg(), frame_id='camera'
        )
        publishers[topic].publish(message)
        return stamp_ns(message)

    return send


def grey_image(**fields):
    data = array.array('B', bytes([GREY]) * (3 * WIDTH * HEIGHT))
    given = {'width': WIDTH, 'height': HEIGHT, 'encoding': 'rgb8', 'step': 3 * WIDTH, 'data': data}
    return Image(**{**given, **fields})


def drawn_on(message):
    """Which pixels of a debug image differ from the plain picture."""
    picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
    return (picture != GREY).any(axis=2)


def labels_in(message, where):
    """The labels in whose colours something is drawn in a part of a debug image."""
    picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
    return {
        label for label, colour in COLOURS.items() if (picture[where] == colour).all(axis=2).any()
    }


def test_it_draws_the_face_and_the_result_into_the_picture(graph, publish):
    debug_images = graph.listen(Image, 'emotion/debug_image')
    node = graph.start_node('overlay')
    sent_ns = set()

    def send_plain():
        publish('image', grey_image(encoding='nonsense'), 5)  # must be survived
        sent_ns.add(publish('image', grey_image(), 5))
        return debug_images

    wait_until(send_plain, 'a picture')
    assert not drawn_on(debug_images[0]).any()

    def send_face():
        publish('humans/faces/tracked', IdsList(ids=['f00001']), qos.LATCHED)
        box = NormalizedRegionOfInterest2D(xmin=0.5, ymin=0.25, xmax=0.75, ymax=0.5, c=0.9)
        publish('humans/faces/f00001/roi', box)
        said = Expression(expression='sad', confidence=0.75)
        publish('humans/faces/f00001/expression', said)
        publish('emotion', said)
        publish('emotion/face', said)
        publish('emotion/scores', Classification())
        publish('/diagnostics', DiagnosticArray())
        sent_ns.add(publish('image', grey_image(), 5))
        where = drawn_on(debug_images[-1])
        return where[120:240, 320].all() and where[-10:, :].any()

    wait_until(send_face, 'the box of the face and the strip with the result')
    assert {stamp_ns(message) for message in debug_images} <= sent_ns
    assert debug_images[-1].header.frame_id == 'camera'

    def send_later():
        publish('image', grey_image(), 5)
        return not drawn_on(debug_images[-1]).any()

    wait_until(send_later, 'a plain picture again, because what is known is old')
    assert node.interrupt() == 0
    assert 'Traceback' not in node.output


def test_label_result_and_bars_are_of_one_moment(graph, publish):
    debug_images = graph.listen(Image, 'emotion/debug_image')
    node = graph.start_node('overlay', {'stale_after': 60.0})  # however busy the machine is
    box = NormalizedRegionOfInterest2D(xmin=0.5, ymin=0.25, xmax=0.75, ymax=0.5, c=0.9)
    strip, outline, bars = np.s_[440:], np.s_[120:240, 320:], np.s_[:440, :320]

    def drawn():
        """What the result, the outline of the face and the bars say, in a picture from now."""
        now_ns = graph.node.get_clock().now().nanoseconds

        def send():
            publish('humans/faces/tracked', IdsList(ids=['f00001']), qos.LATCHED)
            publish('humans/faces/f00001/roi', box)
            publish('image', grey_image(), 5)
            return debug_images and stamp_ns(debug_images[-1]) > now_ns

        wait_until(send, 'a picture')
        return [labels_in(debug_images[-1], where) for where in (strip, outline, bars)]

    def say(topic, label, stamp):
        said = Expression(expression=label, confidence=0.75)
        if topic == 'emotion/scores':
            said = Classification(results=[ObjectHypothesis(class_id=label, score=1.0)])
        publish(topic, said, stamp=stamp)

    topics = ('humans/faces/f00001/expression', 'emotion', 'emotion/scores')

    def all_said(label):
        def send():
            stamp = graph.node.get_clock().now().to_msg()
            for topic in topics:
                say(topic, label, stamp)
            return drawn() == [{label}] * 3

        wait_until(send, f'{label} of the face, in the result and as a bar')

    # what one topic says first is not drawn before emotion and the face have said it
    for ahead in topics:
        all_said('sad')
        say(ahead, 'happy', graph.node.get_clock().now().to_msg())
        for _ in range(5):
            result, label, bar = drawn()
            assert result == label == bar
        all_said('happy')
    assert node.interrupt() == 0
