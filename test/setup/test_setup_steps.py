"""Steps of the set-up: done once, again when an input changes, never taken as done halfway."""

import pytest
from bootstrap import packages
from bootstrap.steps import SetupError, Steps


@pytest.fixture
def steps(tmp_path):
    return Steps(tmp_path)


def test_a_step_runs_once_for_the_same_inputs(steps, tmp_path):
    given, runs = tmp_path / 'list.txt', []
    given.write_text('numpy')
    for _ in range(2):
        steps.step('one', 'a step', [given, 'word'], lambda: runs.append(1))
    assert len(runs) == 1
    assert steps.done_before('one')


def test_a_changed_file_or_a_missing_product_runs_it_again(steps, tmp_path):
    folder, product, runs = tmp_path / 'sources', tmp_path / 'product', []
    folder.mkdir()

    def action():
        runs.append(1)
        product.touch()

    def again():
        steps.step('one', 'a step', [folder], action, products=[product])
        return len(runs)

    assert again() == 1
    (folder / 'new.msg').write_text('uint8 data')
    assert again() == 2
    product.unlink()
    assert again() == 3
    assert again() == 3


def test_an_interrupted_step_is_not_done(steps):
    def interrupted():
        raise KeyboardInterrupt

    steps.step('one', 'a step', ['old'], lambda: None)
    with pytest.raises(KeyboardInterrupt):
        steps.step('one', 'a step', ['new'], interrupted)
    assert not steps.done_before('one')


@pytest.mark.parametrize(
    ('output', 'said'),
    [
        (
            "NewConnectionError('<...>: Failed to establish')\nERROR: none found",
            'check the network',
        ),
        ('ERROR: No matching distribution for av\nERROR: see elsewhere', 'pip: No matching dist'),
        ('Killed', 'pip: Killed'),
        ('', 'pip: no output'),
    ],
)
def test_a_failing_pip_is_said_in_one_line_with_the_log(steps, output, said):
    fake = steps.venv / 'bin'
    fake.mkdir(parents=True)
    steps.python.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit 1\n")
    steps.python.chmod(0o755)
    with pytest.raises(SetupError) as error:
        packages.run(steps, 'av', 'install', 'av')
    assert said in str(error.value)
    assert 'pip_av.log' in str(error.value)
    assert '\n' not in str(error.value)


def test_numpy_of_the_system_stays(tmp_path):
    import numpy

    path = packages.constraints_of_system(tmp_path)
    assert path.read_text() == f'numpy=={numpy.__version__}\n'
