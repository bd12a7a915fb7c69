import json

import pytest

from fakes import write_models
from fer_ros import cli
from fer_ros.benchmarks import pipeline
from fer_ros.benchmarks.floor import Rates
from fer_ros.benchmarks.stream import Case
from fer_ros.commands import bench_pipeline
from fer_ros.perception_config import PerceptionConfig


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Parameters that name fakes, on a machine of which the rates are known."""
    rates = Rates(1e11, 4e10, 1)
    monkeypatch.setattr(bench_pipeline, 'measured_rates', lambda threads: rates)
    return str(write_models(tmp_path))


def bench(capsys, *words):
    code = cli.main(['bench', 'pipeline', *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_every_stage_of_a_frame(capsys, config):
    code, out, _ = bench(
        capsys, '--config', config, '--seconds', '1', '--fps', '20', '--format', 'json'
    )
    assert code == 0
    run = json.loads(out)
    (case,) = run['cases']
    assert case['frame']['runs'] == 20
    assert case['found'] == 1.0
    stages = case['stages']
    assert {'decode', 'detect', 'track', 'crop', 'face_net', 'vad', 'voice_net'} <= set(stages)
    assert {'fuse', 'smooth', 'rest'} <= set(stages)
    assert stages['decode']['time']['runs'] == 20
    assert stages['detect']['time']['runs'] == 10  # every 0.1 s
    assert stages['voice_net']['time']['runs'] == 2  # every 0.5 s
    assert sum(stage['share'] for stage in stages.values()) == pytest.approx(1.0)
    assert case['cpu_share'] > 0
    assert 0 < case['usage']['rss_mb'] <= case['usage']['peak_rss_mb']
    assert run['machine']['cores'] >= 1


def test_all_streams_are_combined(capsys, config):
    words = ('--size', '64x48,320x240', '--fps', '10,30', '--encoding', 'bgr8', '--seconds', '0.5')
    code, out, _ = bench(capsys, '--config', config, *words, '--summary')
    assert code == 0
    lines = [line for line in out.splitlines() if ' bgr8, ' in line]
    assert [line.partition('  ')[0] for line in lines] == [
        '64x48 bgr8, 1 face, 10/s',
        '64x48 bgr8, 1 face, 30/s',
        '320x240 bgr8, 1 face, 10/s',
        '320x240 bgr8, 1 face, 30/s',
    ]


def test_the_floor_of_decoding_is_that_of_copying(capsys, config):
    words = ('--config', config, '--seconds', '0.2', '--encoding', 'bgr8', '--format', 'json')
    _, out, _ = bench(capsys, *words)
    floor_ms = json.loads(out)['cases'][0]['stages']['decode']['floor_ms']
    assert floor_ms == pytest.approx(1e3 * 640 * 480 * 6 / 4e10)


def test_the_floor_of_faces_is_of_those_that_are_read(monkeypatch):
    monkeypatch.setattr(pipeline, 'model_multiply_adds', lambda kind, name: 54_000_000)
    floors = pipeline.Floors(PerceptionConfig(), Rates(1e11, 4e10, 1))
    most = PerceptionConfig().face.reads_per_frame
    for faces, read in ((1, 1), (16, most)):
        floor_ms = floors.of(Case(faces, 640, 480, 30.0, 1.0))['face_net']
        assert floor_ms == pytest.approx(read * 0.54)


def test_faces_that_are_not_found_are_told(capsys, config):
    code, _, err = bench(capsys, '--config', config, '--seconds', '0.2', '--faces', '2')
    assert code == 0
    assert '2 faces, 30/s: 1.0 faces were found in a frame' in err


def test_markdown(capsys, config):
    _, out, _ = bench(capsys, '--config', config, '--seconds', '0.2', '--format', 'markdown')
    assert (
        '| stage | runs | min ms | p50 ms | p95 ms | p99 ms | max ms | share | floor ms |' in out
    )


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (('--faces', '0'), '0 is not in 1 to 64'),
        (('--size', '640'), "'640' is not WIDTHxHEIGHT"),
        (('--encoding', 'bmp'), "'bmp' is not one of rgb8, bgr8, yuyv, mono8, jpeg"),
        (('--fps', '-1'), '-1 is not in 1 to 1000'),
    ],
)
def test_wrong_streams_are_refused(capsys, words, said):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'pipeline', *words])
    assert said in capsys.readouterr().err


def test_without_faces_there_is_nothing_to_measure(capsys, tmp_path):
    path = tmp_path / 'voice_only.yaml'
    path.write_text('face: {enabled: false}\nvoice: {enabled: false}\n')
    code, _, err = bench(capsys, '--config', str(path))
    assert code == 2
    assert 'face.enabled is false' in err
