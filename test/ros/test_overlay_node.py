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
    qos,
    stamp_ns,
    wait_until,
)

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
