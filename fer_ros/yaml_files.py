"""YAML files of others, read so that none of them can run code, fill the memory, or hang.

PyYAML's safe loader makes plain values only, but a short file can still mean a huge one (aliases
of aliases, merged mappings), nest deeper than Python can follow, and fail in many more ways than
by a YAMLError.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 250_000
"""The largest file; those of the package have at most some ten thousand."""
MAX_DEPTH = 40
_MAX_DIGITS = 40
MAX_EXPANDED = 2_000_000
"""Characters and values, each counted as often as the content has it once aliases are followed."""
_INT = 'tag:yaml.org,2002:int'
_FAILURES = (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What PyYAML raises for dates and numbers that Python does not have, and for tags that lie."""


class YamlFileError(ValueError):
    """No file that can be read, no YAML, or more or deeper than any file of the package."""


def read(path: Path) -> Any:
    """The plain values in a file, None where it is empty.  Raises YamlFileError."""
    try:
        if not path.is_file() and path.exists():
            raise YamlFileError('not a regular file')
        with path.open('rb') as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlFileError(error.strerror or str(error)) from error
    if len(content) > MAX_BYTES:
        raise YamlFileError(f'more than {MAX_BYTES} bytes')
    try:
        return parse(content.decode('utf-8'))
    except UnicodeDecodeError as error:
        raise YamlFileError(str(error)) from error


def parse(text: str) -> Any:
    """The plain values of a text, None where it is empty.  Raises YamlFileError."""
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except YamlFileError:
        raise
    except RecursionError as error:
        raise YamlFileError(f'nested deeper than {MAX_DEPTH} levels') from error
    except _FAILURES as error:
        raise YamlFileError(str(error)) from error


def _check(root: yaml.Node) -> None:
    """Refuse what would become too large or too deep; each alias is followed."""
    left = [(root, 1)]
    size = 0
    while left:
        node, depth = left.pop()
        size += 1
        if isinstance(node, yaml.ScalarNode):
            size += len(node.value)
            if node.tag == _INT and len(node.value) > _MAX_DIGITS:
                raise YamlFileError(f'a number of more than {_MAX_DIGITS} digits')
        elif isinstance(node, yaml.MappingNode):
            left += [(part, depth + 1) for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += [(part, depth + 1) for part in node.value]
        if depth > MAX_DEPTH:
            raise YamlFileError(f'nested deeper than {MAX_DEPTH} levels')
        if size > MAX_EXPANDED:
            raise YamlFileError(f'means more than {MAX_EXPANDED} characters and values')
