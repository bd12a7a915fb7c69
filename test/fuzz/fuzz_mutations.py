"""Damages valid bytes in the ways that break parsers; the same numbers, the same damage."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import yaml

TOKENS = (
    *(b'\0', b'\xff', b'\x7f', b'\x80', b'\0\0\0\0', b'\xff\xff\xff\xff', b'\xff' * 8),
    *(b'../', b'/', b'..', b'%00', b'~', b'.inf', b'-.inf', b'.nan', b'NaN', b'null', b'true'),
    *(b'[', b']', b'{', b'}', b'"', b"'", b':', b'- ', b'&a ', b'*a', b'<<: ', b'!!', b'\n'),
    *(b'\t', b'-1', b'0', b'1e999', b'9' * 30, b'9' * 5000, b'[' * 200, b'{"a":' * 200),
    *(b'!!python/object/apply:os.system ', b'!!timestamp ', b'!!binary ', b'0x' + b'f' * 60),
)
MAX_EDITS = 6


def damaged(data: bytes, numbers: random.Random, tokens: tuple[bytes, ...] = TOKENS) -> bytes:
    """The bytes after a few edits: bits, runs, copies, cuts, and tokens put in or over."""
    changed = bytearray(data)
    for _ in range(numbers.randint(1, MAX_EDITS)):
        at = numbers.randrange(len(changed) + 1)
        edit = numbers.randrange(7)
        if edit == 0 and changed:
            changed[at % len(changed)] ^= 1 << numbers.randrange(8)
        elif edit == 1:
            token = numbers.choice(tokens)
            changed[at : at + len(token)] = token
        elif edit == 2:
            changed[at:at] = numbers.choice(tokens)
        elif edit == 3:
            del changed[at : at + numbers.randint(1, 64)]
        elif edit == 4:
            length = numbers.randint(1, 64)
            source = numbers.randrange(len(changed) + 1)
            changed[at:at] = changed[source : source + length]
        elif edit == 5:
            width = numbers.choice((1, 2, 4, 8))
            changed[at : at + width] = numbers.getrandbits(8 * width).to_bytes(width, 'little')
        elif numbers.random() < 0.2:
            del changed[at:]
    return bytes(changed)


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 7, 2**31, 2**63, 10**30, -(10**9), 0.5, -0.0, 1e308),
    *(float('inf'), float('nan'), '', 'x', '../x', '/etc/passwd', '\0', 'a' * 3000),
    *([], {}, [[]], [None], [1, 'a'], {'a': {}}, {'plugin': 'onnx'}, {1: 2}, 'happy', 'joy'),
    'module:Class',
)
"""Values of the wrong type, far outside, or of another place."""


def altered(data: bytes, numbers: random.Random) -> bytes:
    """A YAML or JSON text in which some values are others, missing, or twice."""
    is_json = data.lstrip()[:1] in (b'{', b'[')
    content = json.loads(data) if is_json else yaml.safe_load(data)
    for _ in range(numbers.randint(1, 3)):
        holder, key = numbers.choice(list(_places(content)) or [([content], 0)])
        if numbers.random() < 0.2:
            del holder[key]
        elif isinstance(holder, list) and numbers.random() < 0.2:
            holder.append(copy.deepcopy(holder[key]))
        elif isinstance(holder, dict) and numbers.random() < 0.1:
            holder[numbers.choice(['unknown', 1, None, True, '../x'])] = _odd(numbers)
        else:
            holder[key] = _odd(numbers)
    text = json.dumps(content, default=str) if is_json else yaml.safe_dump(content)
    return text.encode('utf-8', 'replace')


def _odd(numbers: random.Random) -> Any:
    return copy.deepcopy(numbers.choice(ODD))


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Each value of nested mappings and lists, as what holds it and its key there."""
    keys = content if isinstance(content, dict) else range(len(content))
    for key in list(keys):
        yield content, key
        if isinstance(content[key], (dict, list)):
            yield from _places(content[key])
