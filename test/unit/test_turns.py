import numpy as np
import pytest

from fer_ros.face.turns import Turns
from fer_ros.types import Face, Features


def group(*sizes):
    return [Face(0, 0, size, size, 0.9, None, number) for number, size in enumerate(sizes)]


def features_at(stamp_ns):
    return Features(stamp_ns, np.zeros(2, np.float32), np.zeros(8, np.float32), 1.0)


def ids(faces):
    return [face.track_id for face in faces]


def watch(turns, faces, most, frames, begin=0):
    """Who was read in each of so many frames."""
    read = []
    for stamp_ns in range(begin, begin + frames):
        chosen = turns.choose(faces, most)
        for face in chosen:
            turns.note(face, features_at(stamp_ns))
        turns.known(faces)
        read.append(ids(chosen))
    return read


def test_a_few_faces_are_all_read_in_every_frame():
    assert watch(Turns(), group(10, 20, 30), 3, 2) == [[0, 1, 2], [0, 1, 2]]


def test_in_a_group_the_largest_is_always_read_and_the_others_in_turn():
    read = watch(Turns(), group(10, 50, 20, 30, 40), 2, 6)
    assert all(len(chosen) == 2 for chosen in read)
    after_all_were_seen = read[3:]
    assert all(1 in chosen for chosen in after_all_were_seen)
    assert {number for chosen in read for number in chosen} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize('most', [2, 3, 4, 5])
def test_nobody_waits_longer_than_it_takes_to_read_all(most):
    read = watch(Turns(), group(*range(10, 26)), most, 60)
    rounds = -(-15 // (most - 1))
    for number in range(16):
        frames = [frame for frame, chosen in enumerate(read) if number in chosen]
        assert max(np.diff([-1, *frames])) <= rounds + 1


def test_who_is_new_comes_first():
    turns = Turns()
    watch(turns, group(10, 20, 30), 1, 9)
    assert ids(turns.choose(group(10, 20, 30, 5), 1)) == [3]


def test_what_is_known_is_told_in_the_order_of_the_faces_and_forgotten_with_them():
    turns, faces = Turns(), group(10, 20)
    turns.note(faces[1], features_at(5))
    assert [(face.track_id, features.stamp_ns) for face, features in turns.known(faces)] == [
        (1, 5)
    ]
    turns.note(faces[0], features_at(6))
    assert ids(face for face, _ in turns.known(faces)) == [0, 1]
    assert ids(face for face, _ in turns.known(faces[:1])) == [0]
    assert ids(face for face, _ in turns.known(faces)) == [0]
    turns.clear()
    assert turns.known(faces) == []
