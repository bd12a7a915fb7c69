"""What setup.py installs below share, also in a build folder of links that colcon kept."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_link_to_a_file_that_was_removed_is_left_out(tmp_path):
    build = tmp_path / 'build'
    (build / 'models' / 'new').mkdir(parents=True)
    for name in ('setup.py', 'package.xml', 'bin', 'resource', 'fer_ros'):
        (build / name).symlink_to(ROOT / name)
    (build / 'models' / 'new' / 'kept.yaml').write_text('here')
    (build / 'models' / 'new' / 'removed.onnx').symlink_to(tmp_path / 'removed.onnx')

    install = [sys.executable, 'setup.py', 'install_data', '--install-dir', str(tmp_path / 'out')]
    done = subprocess.run(install, cwd=build, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    models = tmp_path / 'out' / 'share' / 'fer_ros' / 'models'
    assert [path.name for path in models.rglob('*') if path.is_file()] == ['kept.yaml']
