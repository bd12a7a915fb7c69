"""Nothing read from a file, a message or a page can become code: the syntax trees say so."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'fer_ros'
FILES = sorted([*PACKAGE.rglob('*.py'), *(ROOT / 'launch').rglob('*.py')])

FORBIDDEN_MODULES = {
    *('pickle', 'cPickle', '_pickle', 'cloudpickle', 'dill', 'joblib', 'marshal', 'shelve'),
    *('shutil.unpack_archive', 'xml', 'telnetlib', 'ftplib'),
}
FORBIDDEN_CALLS = {
    *('eval', 'exec', 'compile', '__import__', 'os.system', 'os.popen', 'os.tempnam'),
    *('yaml.load', 'yaml.load_all', 'yaml.full_load', 'yaml.unsafe_load', 'yaml.safe_load'),
    *('yaml.safe_load_all', 'tempfile.mktemp', 'shutil.unpack_archive', 'np.fromfile'),
    *('torch.hub.load', 'pandas.read_pickle'),
}
FORBIDDEN_METHODS = {'extractall', 'extract', 'load_from_checkpoint'}
TAR_READERS = {'data/audio_files.py'}
"""Lists the members of a tar file and reads their bytes in place; nothing is unpacked."""
ZIP_READERS = {'data/arrays.py'}
"""Reads the sizes in an npz file before NumPy reads its arrays; nothing is unpacked to a disk."""
YAML_READER = 'yaml_files.py'


def tree_of(path):
    return ast.parse(path.read_text(encoding='utf-8'), str(path))


def name_of(node):
    """'a.b.c' of such an expression, '' of another one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = name_of(node.value)
        return f'{before}.{node.attr}' if before else node.attr
    return ''


def faults(tree, where=''):
    """What a file does that could run foreign code or leave its folder."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _modules([alias.name for alias in node.names], where)
        elif isinstance(node, ast.ImportFrom):
            names = [f'{node.module}.{alias.name}' for alias in node.names]
            yield from _modules([node.module or '', *names], where)
        elif isinstance(node, ast.Call):
            yield from _call(node, where)
        elif name_of(node) in {'yaml.Loader', 'yaml.UnsafeLoader', 'yaml.FullLoader'}:
            yield f'{name_of(node)} in line {node.lineno}'


def _modules(names, where):
    for name in names:
        if name in FORBIDDEN_MODULES or name.partition('.')[0] in FORBIDDEN_MODULES:
            yield f'imports {name}'
        if name == 'tarfile' and where not in TAR_READERS:
            yield 'imports tarfile'
        if name == 'zipfile' and where not in ZIP_READERS:
            yield 'imports zipfile'
        if name == 'yaml.SafeLoader' and where != YAML_READER:
            yield 'imports yaml.SafeLoader'


def _call(call, where):
    name = name_of(call.func)
    given = {word.arg: ast.unparse(word.value) for word in call.keywords}
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ''
    fault = (
        name in FORBIDDEN_CALLS
        or method in FORBIDDEN_METHODS
        or ('ckpt_path' in given and given.get('weights_only') != 'True')
        or (name == 'yaml.SafeLoader' and where != YAML_READER)
        or (name == 'torch.load' and given.get('weights_only') != 'True')
        or (method == 'load' and 'allow_pickle' in given and given['allow_pickle'] != 'False')
        or given.get('shell', 'False') != 'False'
    )
    if fault:
        yield f'{ast.unparse(call)} in line {call.lineno}'


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_can_run_what_it_reads(path):
    where = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else ''
    assert not list(faults(tree_of(path), where))


@pytest.mark.parametrize(
    'code',
    [
        'import pickle',
        'from pickle import loads',
        'import joblib.numpy_pickle',
        'from xml.etree import ElementTree',
        'eval(text)',
        'exec(text)',
        'yaml.safe_load(text)',
        'yaml.load(text, Loader=yaml.SafeLoader)',
        'x = yaml.Loader',
        'torch.load(path)',
        'torch.load(path, weights_only=False)',
        'np.load(path, allow_pickle=True)',
        'numpy.load(path, allow_pickle=flag)',
        'subprocess.run(words, shell=True)',
        'tarfile.open(path).extractall(folder)',
        'import tarfile',
        'import zipfile',
        'os.system(words)',
        'Model.load_from_checkpoint(path)',
        'trainer.fit(module, ckpt_path=path)',
    ],
)
def test_the_rule_finds(code):
    assert list(faults(ast.parse(code)))


@pytest.mark.parametrize(
    'code',
    ['network.eval()', 'np.load(path)', 'torch.load(path, weights_only=True)', 'run(words)'],
)
def test_the_rule_allows(code):
    assert not list(faults(ast.parse(code)))
