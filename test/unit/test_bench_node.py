import pytest

from fer_ros.benchmarks.machine import Machine
from fer_ros.benchmarks.node import (
    NodeResult,
    NodeRun,
    Start,
    latencies_ns,
    report,
    summed_up_latency,
)
from fer_ros.benchmarks.processes import Usage
from fer_ros.benchmarks.spread import spread
from fer_ros.benchmarks.stream import Case
from fer_ros.benchmarks.tables import text_table


def test_only_the_first_message_of_a_stamp_counts():
    arrivals = [(100, 130), (200, 220), (200, 290), (50, 400), (300, 310)]
    assert latencies_ns(arrivals, since_ns=100) == [30, 20, 10]


def test_topics_that_brought_nothing_are_left_out():
    found = summed_up_latency({'emotion': [(1_000, 5_001_000)], 'emotion/voice': []}, 0)
    assert found == {'emotion': spread([5_000_000])}


def result_of(dds='pictures'):
    return NodeResult(
        Case(1, 640, 480, 30.0, 10.0),
        dds,
        Start(0.5, 2.0, 0.1),
        {'emotion': spread([20_000_000, 40_000_000])},
        sent=200,
        answered=190,
        cpu_share=0.4,
        usage=Usage(4.0, 450.0, 470.0, 20),
        player_cpu_share=0.1,
        player_late=spread([1]),
    )


def test_the_report_says_what_was_dropped():
    result = result_of()
    assert result.dropped == pytest.approx(0.05)
    lines = report(NodeRun(Machine('cpu', 2, 0.1, '3.11', {}), [result]), text_table).splitlines()
    (latency,) = (line for line in lines if ': emotion' in line)
    assert latency.split()[-5:] == ['2', '30.0', '39.0', '39.8', '40.0']
    assert '640x480 rgb8, 1 face, 30/s   200     5.0%  40%  450 MB' in lines[-1]


def test_the_report_says_where_pictures_were_sent_without_room_for_them():
    run = NodeRun(Machine('cpu', 2, 0.1, '3.11', {}), [result_of(), result_of('default')])
    lines = report(run, text_table).splitlines()
    assert sum('30/s, default DDS' in line for line in lines) == 2  # latency, and what it took
