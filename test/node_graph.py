"""What a running node publishes, hears, offers and calls, and what a policy allows it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from xml.etree import ElementTree

from ros_graph import NodeNameNonExistentError


@dataclass(frozen=True)
class Access:
    """Names of topics and services with their namespace."""

    publish: frozenset[str] = frozenset()
    subscribe: frozenset[str] = frozenset()
    reply: frozenset[str] = frozenset()
    request: frozenset[str] = frozenset()

    def __str__(self) -> str:
        names = {each.name: sorted(getattr(self, each.name)) for each in fields(self)}
        return '\n'.join(f'{right}: {topics}' for right, topics in names.items())


def seen(observer, name: str) -> Access:
    """The access that a node makes use of now, as another node sees it; none before it does."""
    try:
        found = (
            observer.get_publisher_names_and_types_by_node(name, '/'),
            observer.get_subscriber_names_and_types_by_node(name, '/'),
            observer.get_service_names_and_types_by_node(name, '/'),
            observer.get_client_names_and_types_by_node(name, '/'),
        )
    except NodeNameNonExistentError:
        return Access()
    return Access(*(frozenset(_general(topic) for topic, _ in each) for each in found))


def allowed(policy: Path) -> dict[str, Access]:
    """The access of each node in an SROS 2 policy."""
    root = ElementTree.parse(policy).getroot()
    return {
        profile.attrib['node']: Access(
            *(
                frozenset(
                    _resolved(entry.text or '', profile)
                    for group in profile.findall(f'{kind}s[@{right}="ALLOW"]')
                    for entry in group.findall(kind)
                )
                for kind, right in (
                    ('topic', 'publish'),
                    ('topic', 'subscribe'),
                    ('service', 'reply'),
                    ('service', 'request'),
                )
            )
        )
        for profile in root.iter('profile')
    }


def _resolved(name: str, profile: ElementTree.Element) -> str:
    namespace = profile.attrib['ns'].rstrip('/')
    if name.startswith('~/'):
        return f'{namespace}/{profile.attrib["node"]}/{name[2:]}'
    return name if name.startswith('/') else f'{namespace}/{name}'


def _general(topic: str) -> str:
    """A face's own topics have its number in their names."""
    before, _, rest = topic.partition('/humans/faces/')
    _, slash, last = rest.partition('/')
    return f'{before}/humans/faces/*/{last}' if slash else topic
