"""The rules of the design that a reader of the syntax trees can hold us to."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / 'fer_ros'
FILES = sorted(PACKAGE.rglob('*.py'))
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]
every_file = pytest.mark.parametrize('path', FILES, ids=IDS)

CORE = {
    *('labels', 'types', 'config', 'resources', 'stages', 'plugins', 'cards'),
    *('protocols', 'yaml_files', 'writing'),
}
BRANCHES = {'face', 'audio', 'fusion', 'policy', 'data'}
"""None of them knows another one."""
SHARED = {
    *('ageing', 'answers', 'buffers', 'compute', 'decode', 'focus', 'memory', 'models', 'people'),
    *(
        'smoothing',
        'sources',
        'timeline',
        'torch_backbone',
        'onnx_network',
        'onnx_session',
        'clocks',
    ),
    *('valence_arousal', 'containers', 'picture_sizes', 'cores', 'golden', 'precision'),
}
JOINED = {'audiovisual', 'av_offset', 'economy', 'senses', 'speaking'}
"""What faces and voices tell together."""
BELOW_PIPELINE = CORE | BRANCHES | SHARED | JOINED

TORCH = {'torch', 'torchvision', 'torchaudio', 'torchmetrics', 'lightning', 'kornia'}
MAY_IMPORT_TORCH = ('training/', 'nets', 'tensors', 'torch_backbone')
"""Folders, and beginnings of file names, that may need torch to be imported."""


def imports(path, when_imported=False):
    """The full names of what a file imports, everywhere or at the time it is itself imported."""
    tree = ast.parse(path.read_text(encoding='utf-8'), str(path))
    for node in _import_time(tree) if when_imported else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: imports are absolute'
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def _import_time(node):
    for child in ast.iter_child_nodes(node):
        yield child
        in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_types = isinstance(child, ast.If) and 'TYPE_CHECKING' in ast.unparse(child.test)
        if not (in_function or for_types):
            yield from _import_time(child)


def part_of(path):
    """The first name below the package: 'face', 'config', 'ros'."""
    return path.relative_to(PACKAGE).with_suffix('').parts[0]


def own_parts(path):
    """The parts of the package that a file imports."""
    for name in imports(path):
        if name.startswith('fer_ros.'):
            yield name.split('.')[1]


@every_file
def test_only_the_folder_ros_imports_ros(path):
    tops = {name.partition('.')[0] for name in imports(path)}
    ros = {
        top
        for top in tops
        if top in {'rclpy', 'message_filters', 'cv_bridge'} or top.endswith('_msgs')
    }
    assert not ros or part_of(path) == 'ros'


@every_file
def test_imports_point_one_way(path):
    part, others = part_of(path), set(own_parts(path))
    if part in CORE:
        assert others <= CORE
    elif part in BRANCHES:
        assert others <= CORE | SHARED | {part}
    elif part in SHARED:
        assert others <= CORE | SHARED
    elif part in JOINED or part == 'pipeline':
        assert others <= BELOW_PIPELINE
    if part != 'ros':
        assert 'ros' not in others
    if part not in {'cli', 'commands', '__main__'}:
        assert not others & {'cli', 'commands'}
    if part not in {'training', 'commands'}:
        assert 'training' not in others


@every_file
def test_torch_is_imported_where_nets_are_only(path):
    where = str(path.relative_to(PACKAGE))
    tops = {name.partition('.')[0] for name in imports(path, when_imported=True)}
    assert (
        not tops & TORCH or where.startswith('training/') or path.stem.startswith(MAY_IMPORT_TORCH)
    )


@pytest.mark.parametrize('module', ['fer_ros.pipeline', 'fer_ros.cli', 'fer_ros.live'])
def test_importing_the_package_imports_nothing_that_takes_long(module):
    code = f'import sys, {module}; print(*sys.modules)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    slow = {'torch', 'lightning', 'rclpy', 'onnxruntime', 'librosa', 'scipy.signal', 'scipy.stats'}
    assert not slow & set(done.stdout.split())


def test_importing_the_command_line_imports_no_library():
    """So that help is there at once."""
    code = 'import sys, fer_ros.cli; print(*sys.modules)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert not {'numpy', 'cv2', 'av', 'yaml'} & set(done.stdout.split())


@every_file
def test_files_are_short(path):
    lines = path.read_text(encoding='utf-8').count('\n')
    is_node = part_of(path) == 'ros' and path.stem.endswith('_node')
    assert lines < (200 if is_node else 400)


@every_file
def test_modules_say_why_they_exist(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding='utf-8')))
