"""A domain is taken only where nobody is, and given back."""

import socket

import pytest

from fer_ros.ros.domains import Domain, DomainError


@pytest.fixture
def found():
    """Two domains that are free, and that nobody takes who does not ask for them."""
    domains = [Domain(range(1, 10)), Domain(range(1, 10))]
    for domain in domains:
        domain.close()
    return [domain.number for domain in domains]


@pytest.fixture
def taken(found):
    domain = Domain(found)
    yield domain
    domain.close()


def test_a_domain_is_taken_once(found, taken):
    other = Domain(found)
    assert [taken.number, other.number] == found
    with pytest.raises(DomainError, match='no ROS domain is free'):
        Domain(found)
    other.close()


def test_a_domain_that_was_closed_is_free_again(found, taken):
    taken.close()
    again = Domain(found)
    assert again.number == found[0]
    again.close()


@pytest.mark.parametrize('port', [0, 10, 11, 24, 249])
def test_where_a_node_is_left_over_none_is_taken(found, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as of_a_node:
        of_a_node.bind(('', 7400 + 250 * found[0] + port))
        other = Domain(found)
        assert other.number == found[1]
        other.close()


def test_by_default_they_are_taken_in_turn():
    one = Domain()
    one.close()
    other = Domain()
    other.close()
    assert one.number != other.number
