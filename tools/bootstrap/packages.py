"""What pip installs: the lists in tools/requirements, at the versions of its constraints.txt."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from bootstrap.steps import SetupError, Steps

NO_NETWORK = re.compile(
    r'name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|network is unreachable'
    r'|ProxyError|SSLError|connection (refused|reset|broken)',
    re.IGNORECASE,
)


def install(steps: Steps, system_ros: Path | None, purpose: str) -> None:
    """Install what `run` or `test` needs into .venv."""
    lists = steps.root / 'tools' / 'requirements'
    constraints = lists / 'constraints.txt'
    if system_ros is not None:
        constraints = constraints_of_system(steps.work)

    def pip(name: str, what: str, *words: str | Path) -> None:
        files = [word for word in words if isinstance(word, Path)]
        command = ['install', '-c', constraints, *words]
        steps.step(name, what, [*files, constraints], lambda: run(steps, name, *command))

    ros = lists / ('ros.txt' if system_ros is None else 'ros_sourced.txt')
    # torch first and alone: nothing that is resolved later may choose another build of it
    pip('torch', 'torch', 'torch')
    pip('packages', 'Python packages', '-r', lists / 'runtime.txt', '-r', ros)
    pip('packages_no_deps', 'silero-vad', '--no-deps', '-r', lists / 'no_deps.txt')
    if purpose == 'test':
        names = ('test.txt', 'train.txt', 'evaluate.txt', 'cluster.txt', 'parquet.txt')
        files = [word for name in names for word in ('-r', lists / name)]
        pip('packages_test', 'packages for tests, training and evaluation', *files)


def constraints_of_system(work: Path) -> Path:
    """A constraints file for an environment over the system's packages.

    The messages of a ROS 2 that is installed already were compiled against the system's NumPy, and
    a newer one in the environment would break them; so that version stays, pip chooses the rest.
    """
    path = work / 'constraints.txt'
    try:
        text = f'numpy=={metadata.version("numpy")}\n'
    except metadata.PackageNotFoundError:
        text = ''
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)
    return path


def run(steps: Steps, name: str, *words: str | Path) -> None:
    """Run pip in .venv; SetupError with its last error line and the way to the log."""
    options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off']
    done, output, log = steps.run([steps.python, '-m', 'pip', *words, *options], f'pip_{name}')
    if done:
        return
    if NO_NETWORK.search(output):
        raise SetupError(
            'pip cannot reach its package index; check the network, the proxy or PIP_INDEX_URL'
            f' (log: {log})'
        )
    errors = [line for line in output.splitlines() if line.startswith('ERROR:')]
    reason = (errors or output.strip().splitlines()[-1:] or ['no output'])[0]
    raise SetupError(f'pip: {reason.removeprefix("ERROR: ")} (log: {log})')
