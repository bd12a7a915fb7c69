import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fer_ros import cli
from fer_ros.cli import COMMANDS, main
from fer_ros.config import ConfigError


@pytest.fixture
def command(monkeypatch):
    """Makes a command out of a function."""

    def make(run, name='predict'):
        module = SimpleNamespace(add_arguments=lambda parser: None, run=run)
        monkeypatch.setattr(cli.importlib, 'import_module', lambda _: module)
        return [name]

    return make


def raising(error):
    def run(args):
        raise error

    return run


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as info:
        main(['--help'])
    assert info.value.code == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


def test_no_command_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as info:
        main([])
    assert info.value.code == 2
    assert 'COMMAND' in capsys.readouterr().err


@pytest.mark.parametrize('name', ['run', 'predict', 'plugins', 'config', 'doctor'])
def test_every_command_has_help_of_its_own(name, capsys):
    with pytest.raises(SystemExit) as info:
        main([name, '--help'])
    assert info.value.code == 0
    assert f'usage: fer-ros {name}' in capsys.readouterr().out


@pytest.mark.parametrize(('name', 'runs'), [('__main__', True), ('__mp_main__', False)])
def test_the_script_runs_a_command_but_not_in_worker_processes(name, runs):
    """Multiprocessing imports it under another name."""
    script = Path(__file__).resolve().parents[2] / 'bin' / 'fer-ros'
    code = f'import runpy; runpy.run_path({str(script)!r}, run_name={name!r})'
    words = [sys.executable, '-c', code, 'config', '--help']
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith('usage: fer-ros config') is runs


def test_the_exit_code_is_that_of_the_command(command):
    assert main(command(lambda args: 3)) == 3


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (ConfigError('face: wrong'), 'face: wrong'),
        (FileNotFoundError(2, 'gone', 'x'), 'x: gone'),
        (OSError(28, 'No space left on device'), 'No space left on device'),
        (OSError('the network is down'), 'the network is down'),
    ],
)
def test_an_error_for_users_is_one_line(command, error, line, capsys):
    assert main(command(raising(error))) == 2
    assert capsys.readouterr().err == f'fer-ros: error: {line}\n'


def test_a_fault_of_ours_keeps_its_traceback(command):
    with pytest.raises(ZeroDivisionError):
        main(command(raising(ZeroDivisionError())))


def test_ctrl_c_ends_quietly(command, capsys):
    assert main(command(raising(KeyboardInterrupt()))) == 130
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize(('library', 'extra'), [('lightning', 'train'), ('rosbags', 'evaluate')])
def test_a_library_of_an_extra_that_is_missing_is_named(monkeypatch, capsys, library, extra):
    def import_module(name):
        raise ModuleNotFoundError(f'No module named {library!r}', name=f'{library}.inner')

    monkeypatch.setattr(cli.importlib, 'import_module', import_module)
    assert main(['train', 'face']) == 2
    error = capsys.readouterr().err
    assert error.startswith(f'fer-ros: error: train needs the Python package {library}')
    assert error.endswith(f"pip install '.[{extra}]'\n")
    assert error.count('\n') == 1


def test_a_module_of_ours_that_is_missing_is_a_fault(monkeypatch):
    def import_module(name):
        raise ModuleNotFoundError("No module named 'fer_ros.nothing'", name='fer_ros.nothing')

    monkeypatch.setattr(cli.importlib, 'import_module', import_module)
    with pytest.raises(ModuleNotFoundError):
        main(['train', 'face'])


def test_a_reader_that_leaves_early_is_no_error():
    words = [sys.executable, '-m', 'fer_ros', 'config', 'perception']
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read() == ''
    assert process.wait(timeout=60) == 141
    process.stderr.close()


def test_plugins_are_listed_with_their_import_paths(capsys):
    assert main(['plugins', '--kind', 'fusion']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'fusion'
    assert any(
        line.split() == ['weighted_average', 'fer_ros.fusion.average:WeightedAverage']
        for line in lines
    )


def test_plugins_that_cannot_be_loaded_are_named(capsys, monkeypatch):
    from fer_ros import plugins

    monkeypatch.setitem(plugins.BUILT_IN['fusion'], 'broken', 'fer_ros.no_such_module:Broken')
    assert main(['plugins', '--kind', 'fusion']) == 0
    assert main(['plugins', '--kind', 'fusion', '--check']) == 1
    assert "cannot be loaded: fusion plugin 'broken'" in capsys.readouterr().out


def test_parameters_are_printed_and_written(capsys, tmp_path):
    assert main(['config', 'policy']) == 0
    printed = capsys.readouterr().out
    assert '/**/policy:' in printed
    folder = tmp_path / 'new' / 'folder'
    assert main(['config', '--write', str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ['perception.yaml', 'policy_node.yaml']
    assert (folder / 'policy_node.yaml').read_text().strip() == printed.strip()


def test_parameters_of_an_unknown_node_are_refused(capsys):
    assert main(['config', 'nose']) == 2
    assert "no node 'nose'; there are perception, policy" in capsys.readouterr().err


def test_without_ros_run_says_what_to_source(capsys, monkeypatch):
    monkeypatch.setenv('PATH', '')
    assert main(['run', 'source:=sample']) == 2
    assert 'source' in capsys.readouterr().err


def test_an_option_may_have_any_name(monkeypatch):
    """Also that of the function a command is run by."""
    seen = []
    module = SimpleNamespace(
        add_arguments=lambda parser: parser.add_argument('--run'),
        run=lambda args: seen.append(args.run) or 0,
    )
    monkeypatch.setattr(cli.importlib, 'import_module', lambda _: module)
    assert main(['predict', '--run', 'here']) == 0
    assert seen == ['here']
