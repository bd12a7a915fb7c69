import builtins
import sys
from types import SimpleNamespace

import pytest

from fer_ros import cli
from fer_ros.commands import bench


@pytest.fixture
def tried(monkeypatch):
    """A benchmark that takes note of its arguments."""
    seen = []

    def add_arguments(parser):
        parser.add_argument('--seconds', type=float)

    def run(args):
        seen.append(args.seconds)
        return 0

    monkeypatch.setattr(bench, 'BENCHMARKS', {'tried': ('tried_benchmark', 'a benchmark')})
    module = SimpleNamespace(add_arguments=add_arguments, run=run)
    monkeypatch.setitem(sys.modules, 'tried_benchmark', module)
    return seen


def test_a_benchmark_gets_its_own_arguments(tried):
    assert cli.main(['bench', 'tried', '--seconds', '3']) == 0
    assert tried == [3.0]


def test_help_lists_the_benchmarks(tried, capsys):
    with pytest.raises(SystemExit):
        cli.main(['bench', '--help'])
    assert 'tried  a benchmark' in capsys.readouterr().out


def test_each_benchmark_has_its_own_help(tried, capsys):
    with pytest.raises(SystemExit):
        cli.main(['bench', 'tried', '--help'])
    assert '--seconds' in capsys.readouterr().out


def test_without_ros_it_says_what_is_missing(monkeypatch, capsys):
    real = builtins.__import__

    def without_ros(name, *args):
        if name == 'message_filters':
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return real(name, *args)

    monkeypatch.setattr(builtins, '__import__', without_ros)
    monkeypatch.delitem(sys.modules, 'fer_ros.ros.sync_benchmark', raising=False)
    assert cli.main(['bench', 'sync']) == 2
    assert 'bench sync needs message_filters of ROS 2' in capsys.readouterr().err
