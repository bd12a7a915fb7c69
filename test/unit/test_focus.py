from fer_ros.focus import Focus, FocusConfig
from fer_ros.types import Face


def face(track_id, edge):
    return Face(0, 0, edge, edge, 0.9, None, track_id)


def test_nobody_there_means_no_focus():
    assert Focus(FocusConfig()).choose([]) is None


def test_the_largest_face_gets_the_focus():
    assert Focus(FocusConfig()).choose([face(1, 50), face(2, 90), face(3, 60)]).track_id == 2


def test_a_little_larger_is_not_enough_to_take_it():
    focus = Focus(FocusConfig(switch_ratio=1.4))
    focus.choose([face(1, 100), face(2, 90)])
    assert focus.choose([face(1, 100), face(2, 118)]).track_id == 1
    assert focus.choose([face(1, 100), face(2, 119)]).track_id == 2
    assert focus.choose([face(1, 110), face(2, 119)]).track_id == 2


def test_it_goes_on_when_the_face_is_gone():
    focus = Focus(FocusConfig())
    focus.choose([face(1, 100), face(2, 90), face(3, 50)])
    assert focus.choose([face(3, 50), face(2, 90)]).track_id == 2


def test_it_is_kept_over_a_moment_without_faces():
    focus = Focus(FocusConfig(switch_ratio=1.4))
    focus.choose([face(1, 100)])
    focus.choose([])
    assert focus.choose([face(2, 110), face(1, 100)]).track_id == 1
