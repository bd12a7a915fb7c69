import json
import os

import pytest
import yaml

pytest.importorskip('rclpy', reason='needs ROS 2: source setup.bash')

from ros_graph import ROOT

from fakes import write_models
from fer_ros import cli
from fer_ros.ros.bench_graph import BenchGraph, GraphError

QUICK = ('--seconds', '1', '--fps', '10', '--size', '160x120')


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Parameters that name fakes, which the processes find as well."""
    folders = [str(ROOT), str(ROOT / 'test'), os.environ.get('PYTHONPATH', '')]
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(folders))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    path = tmp_path / 'parameters.yaml'
    settings = yaml.safe_load(write_models(tmp_path).read_text())
    path.write_text(yaml.safe_dump({'/**': {'ros__parameters': settings}}))
    return str(path)


@pytest.mark.parametrize('encoding', ['rgb8', 'jpeg'])
def test_from_capture_to_emotion(capsys, config, encoding):
    words = ['bench', 'node', '--config', config, *QUICK, '--encoding', encoding]
    assert cli.main([*words, '--format', 'json']) == 0
    (result,) = json.loads(capsys.readouterr().out)['results']
    assert result['sent'] == 10
    assert 0 < result['answered'] <= 10
    assert {'emotion', 'emotion/face', 'emotion/voice'} <= set(result['latency'])
    assert result['latency']['emotion/face']['runs'] == result['answered']
    assert result['latency']['emotion/face']['p50_ms'] > 0
    assert min(result['start'].values()) > 0
    assert result['cpu_share'] > 0
    assert result['usage']['rss_mb'] > 10
    assert result['player_late']['runs'] == 10


def test_a_node_that_cannot_be_configured_says_why(capsys, config, tmp_path):
    path = tmp_path / 'wrong.yaml'
    path.write_text('/**: {ros__parameters: {face: {model: no_such_model}}}')
    assert cli.main(['bench', 'node', '--config', str(path), *QUICK]) == 2
    told = capsys.readouterr().err
    assert 'perception did not configure' in told
    assert 'no_such_model' in told


def test_a_process_that_ends_is_told():
    with BenchGraph() as graph:
        process = graph.start('fer_ros.no_such_module', [])
        with pytest.raises(GraphError, match='No module named'):
            graph.wait_for(process, 'perception')


def test_two_graphs_have_domains_of_their_own():
    with BenchGraph() as one, BenchGraph() as other:
        assert one.node.context.get_domain_id() != other.node.context.get_domain_id()
