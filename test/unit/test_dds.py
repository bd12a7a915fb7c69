"""Room for pictures in DDS: what is set, what is left behind, and what doctor says of it."""

import fcntl
import xml.etree.ElementTree as ElementTree

import pytest

from fer_ros import dds, dds_diagnosis
from fer_ros.resources import share_file

SEGMENT = 'fastrtps_0118f5b47b2c10ef'


@pytest.fixture
def shared_memory(tmp_path, monkeypatch):
    """A folder like that of Fast DDS, with enough room."""
    monkeypatch.setattr(dds, 'free_bytes', lambda folder: dds.ENOUGH_BYTES)
    return tmp_path


@pytest.fixture
def segment(shared_memory):
    """A segment of 300 bytes, and beside it its lock and what is none."""
    (shared_memory / SEGMENT).write_bytes(bytes(300))
    for name in (f'{SEGMENT}_el', 'fastrtps_port7410', 'fastrtps_port7410_el', 'sem.other'):
        (shared_memory / name).touch()
    return shared_memory / f'{SEGMENT}_el'


def look(shared_memory, middleware='rmw_fastrtps_cpp', rmem_max='4194304', **environ):
    """The findings by their names, in a shell of Jazzy."""
    file = shared_memory / 'rmem_max'
    file.write_text(f'{rmem_max}\n')
    environ = {'ROS_DISTRO': 'jazzy', **environ}
    found = dds_diagnosis.look(middleware, environ, shared_memory, file)
    return {finding.name: finding for finding in found}


def test_the_profile_is_named_for_every_version(shared_memory):
    environ = {}
    assert dds.make_room_for_pictures(environ, shared_memory)
    assert environ == dict.fromkeys(dds.VARIABLES, str(share_file(dds.PROFILE)))


def test_the_profile_has_the_room_that_is_looked_for():
    tree = ElementTree.parse(share_file(dds.PROFILE))
    (size,) = (node for node in tree.iter() if node.tag.endswith('segment_size'))
    assert int(size.text) == dds.SEGMENT_BYTES


@pytest.mark.parametrize('name', [*dds.VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS'])
def test_what_the_user_has_chosen_stays(name, shared_memory):
    environ = {name: 'chosen'}
    assert not dds.make_room_for_pictures(environ, shared_memory)
    assert environ == {name: 'chosen'}


def test_nothing_is_set_where_there_is_no_room(tmp_path, monkeypatch):
    assert not dds.make_room_for_pictures({}, tmp_path / 'none')
    monkeypatch.setattr(dds, 'free_bytes', lambda _: dds.ENOUGH_BYTES - 1)
    assert not dds.make_room_for_pictures({}, tmp_path)


def test_a_segment_of_a_process_that_was_killed_is_left_behind(shared_memory, segment):
    assert list(dds_diagnosis.left_behind(shared_memory)) == [300]


def test_a_segment_of_a_living_process_is_not(shared_memory, segment):
    with segment.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert list(dds_diagnosis.left_behind(shared_memory)) == []


def test_looking_holds_no_lock(shared_memory, segment):
    assert list(dds_diagnosis.left_behind(shared_memory)) == [300]
    with segment.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_doctor_says_what_to_set_for_the_driver_of_a_camera(shared_memory):
    finding = look(shared_memory)['room for pictures']
    assert not finding.found
    profile = share_file(dds.PROFILE)
    assert finding.remedy == f'export FASTRTPS_DEFAULT_PROFILES_FILE={profile}'
    newer = look(shared_memory, ROS_DISTRO='kilted')['room for pictures']
    assert newer.remedy == f'export FASTDDS_DEFAULT_PROFILES_FILE={profile}'


def test_doctor_is_content_once_it_is_set(shared_memory):
    profile = str(share_file(dds.PROFILE))
    findings = look(shared_memory, FASTRTPS_DEFAULT_PROFILES_FILE=profile)
    assert [name for name, finding in findings.items() if not finding.found] == []
    assert profile in findings['room for pictures'].detail


@pytest.mark.parametrize(
    ('environ', 'found'),
    [
        ({'FASTDDS_BUILTIN_TRANSPORTS': 'LARGE_DATA'}, True),
        ({'FASTRTPS_DEFAULT_PROFILES_FILE': '/no/such/file.xml'}, False),
        ({'FASTDDS_DEFAULT_PROFILES_FILE': '/dev/null'}, False),  # that of another version
    ],
)
def test_doctor_looks_at_what_the_version_reads(shared_memory, environ, found):
    assert look(shared_memory, **environ)['room for pictures'].found is found


def test_doctor_tells_how_much_is_left_behind_and_how_to_clear_it_up(shared_memory, segment):
    finding = look(shared_memory)['left in it']
    assert (finding.found, finding.remedy) == (False, 'fastdds shm clean')
    assert finding.detail == 'segments of processes that were killed: 1, 0.0 MB'


def test_doctor_tells_too_little_shared_memory(shared_memory, monkeypatch):
    monkeypatch.setattr(dds, 'free_bytes', lambda _: 20 * 2**20)
    finding = look(shared_memory)[str(shared_memory)]
    assert (finding.found, finding.detail) == (False, '20 MB free, 48 MB needed')


@pytest.mark.parametrize(('size', 'found'), [('212992', False), ('2147483647', True)])
def test_doctor_tells_a_small_buffer_of_sockets(shared_memory, size, found):
    finding = look(shared_memory, rmem_max=size)['net.core.rmem_max']
    assert finding.found is found
    assert ('UDP' in finding.detail) is not found


def test_other_middlewares_have_no_shared_memory_of_this_kind(shared_memory):
    assert set(look(shared_memory, 'rmw_cyclonedds_cpp')) == {'middleware', 'net.core.rmem_max'}
