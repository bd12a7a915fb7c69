"""The watch node in a process of its own: what it prints, and its exit code."""

from __future__ import annotations

import pytest
from ros_graph import Expression, String, qos


@pytest.fixture
def watch(graph):
    """Starts it, and waits until it listens."""
    from ros_graph import wait_until

    emotion = graph.node.create_publisher(Expression, 'emotion', qos.EMOTION)
    behaviour = graph.node.create_publisher(String, 'interaction/behaviour', qos.LATCHED)

    def start(label, **parameters):
        process = graph.start_node('watch', parameters)

        def heard():
            message = Expression(expression=label, confidence=0.75)
            message.header.stamp = graph.node.get_clock().now().to_msg()
            emotion.publish(message)
            behaviour.publish(String(data='comfort'))
            return 'emotion' in process.output and 'behaviour' in process.output

        wait_until(heard, 'a line on the emotion and one on the behaviour')
        return process

    return start


def test_somebody_recognised_is_success_and_is_summed_up(watch):
    process = watch('sad', require_person=True)
    assert process.interrupt() == 0
    assert 'sad         75%' in process.output
    assert process.output.count('behaviour  comfort') == 1
    assert process.output.splitlines()[-1].startswith('recognised in')


@pytest.mark.parametrize(('require_person', 'code'), [(True, 1), (False, 0)])
def test_nobody_recognised_is_a_failure_only_where_somebody_is_required(
    watch, require_person, code
):
    process = watch('', require_person=require_person)
    assert process.interrupt() == code
    assert process.output.splitlines()[-1] == 'nobody was recognised'
