"""The messages of bags, read with the library rosbags: ROS 2 (sqlite3, mcap) and ROS 1.

Messages are taken apart by the definitions that a bag has itself; older bags have none, then those
of bag_messages.py count.  Only the definitions of the topics that are read matter, so a bag may
have any others, known or not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from fer_ros.decode import DecodeError
from fer_ros.evaluation import bag_messages, bag_unpacking
from fer_ros.types import NS_PER_S

METADATA = 'metadata.yaml'
ROS1_SUFFIX = '.bag'
SUFFIXES = {'.db3', '.mcap', ROS1_SUFFIX}
_IDL_SEPARATOR = '=' * 80 + '\n'


class BagError(ValueError):
    """A bag that is broken, or does not have what it should."""


def is_bag(path: Path) -> bool:
    """Whether a path looks like a bag: a folder with metadata, or a file of one."""
    if path.is_dir():
        return (path / METADATA).is_file()
    return path.suffix.lower() in SUFFIXES


@dataclass(frozen=True, eq=False)
class Received:
    """A message as it was recorded."""

    kind: str
    """Its type."""
    time_ns: int
    """When it was received."""
    data: bytes
    parse: Callable[[bytes, str], Any]

    def message(self) -> Any:
        """The message with its fields.  Raises DecodeError where the bytes do not fit its type."""
        try:
            return self.parse(self.data, self.kind)
        except Exception as error:  # the generated code fails wherever it runs out of bytes
            raise DecodeError(f'{len(self.data)} bytes are no {self.kind}: {error!r}') from error


class Bag:
    """One bag; every way of reading it opens it anew."""

    def __init__(self, path: Path) -> None:
        """Raises BagError for a path at which there is no readable bag."""
        self.path = path
        if not path.exists():
            raise BagError(f'{path}: no such bag')
        with self._opened() as reader:
            self._connections = [c for c in reader.connections if c.msgcount]
            self.length_s: float = reader.duration / NS_PER_S
            for connection in self._connections:  # as metadata.yaml has them
                for name in (connection.topic, connection.msgtype):
                    if not isinstance(name, str):
                        raise BagError(f'{path}: {name!r} is no name of a topic or type')

    def topics(self, kinds: Collection[str] | None = None) -> list[str]:
        """The sorted names of topics that have messages, of all types or of some."""
        return sorted({c.topic for c in self._connections if kinds is None or c.msgtype in kinds})

    def messages(self, topic: str, kinds: Collection[str]) -> Iterator[Received]:
        """The messages of some types on a topic in order of their receipt.

        Raises BagError where the bag turns out to be broken.
        """
        with self._opened() as reader:
            wanted = [c for c in reader.connections if c.topic == topic and c.msgtype in kinds]
            stores = {c.msgtype: _types_of(c) for c in wanted}
            for connection, time_ns, data in reader.messages(connections=wanted):
                kind = connection.msgtype
                types = stores[kind]
                parse = types.deserialize_ros1 if self._is_ros1 else types.deserialize_cdr
                yield Received(kind, time_ns, data, parse)

    @property
    def _is_ros1(self) -> bool:
        return self.path.suffix.lower() == ROS1_SUFFIX

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            with Reader1(self.path) if self._is_ros1 else Reader2(self.path) as reader:
                _check_chunks(reader)
                yield reader
        except BagError:
            raise
        except Exception as error:  # a broken file fails wherever the library is just reading
            raise BagError(f'{self.path}: cannot be read: {error}') from error


def _check_chunks(reader: Any) -> None:
    """Refuse chunks of mcap files that would take the memory together."""
    storage = getattr(reader, 'storage', None)  # a file, or a folder of them; not of ROS 1
    for file in getattr(storage, 'storages', [storage]):
        bag_unpacking.check_chunks(getattr(file, 'chunks', ()))


def _types_of(connection: Connection) -> Typestore:
    """The definitions of a topic's type and of all that it is made of."""
    definition = connection.msgdef
    if definition.format == MessageDefinitionFormat.NONE:
        is_mgonzs13 = connection.msgtype == bag_messages.AUDIO[bag_messages.MGONZS13]
        family = bag_messages.MGONZS13 if is_mgonzs13 else bag_messages.ROS_DRIVERS
        return bag_messages.message_types(family)
    types = get_typestore(Stores.EMPTY)
    if definition.format == MessageDefinitionFormat.MSG:
        types.register(get_types_from_msg(definition.data, connection.msgtype))
    else:
        types.register(_from_idl(definition.data))
    return types


def _from_idl(text: str) -> dict[str, Any]:
    """The types of one IDL file, or of several with a line of their own before each."""
    found: dict[str, Any] = {}
    for part in text.split(f'{_IDL_SEPARATOR}IDL: '):
        has_name = len(part) < len(text)
        idl = part.partition('\n')[2] if has_name else part
        if idl.strip():
            found.update(get_types_from_idl(idl))
    return found
