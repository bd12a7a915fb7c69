"""The label of a face and the result below it are one message, in whatever order they come."""

from fer_ros.overlay_focus import newest_of_both
from fer_ros.types import Expression


def said(stamp_ns, label='sad'):
    return Expression(stamp_ns, label, 0.5)


def of(**faces):
    """Whose an expression is, by all that was said of each face."""
    return lambda expression: next(
        (name for name, told in faces.items() if expression in told), None
    )


def test_both_have_said_the_newest():
    assert newest_of_both([said(2), said(1)], of(a=[said(1), said(2)])) == (said(2), 'a')


def test_what_the_face_has_not_said_yet_waits():
    assert newest_of_both([said(2), said(1)], of(a=[said(1)])) == (said(1), 'a')


def test_what_emotion_has_not_said_yet_waits():
    assert newest_of_both([said(1)], of(a=[said(1), said(2)])) == (said(1), 'a')


def test_the_focus_goes_to_another_face_with_its_message():
    emotions = [said(2, 'happy'), said(1)]
    assert newest_of_both(emotions, of(a=[said(1)], b=[said(1, 'angry')])) == (said(1), 'a')
    faces = of(a=[said(1), said(2)], b=[said(1, 'angry'), said(2, 'happy')])
    assert newest_of_both(emotions, faces) == (said(2, 'happy'), 'b')


def test_a_voice_alone_is_of_no_face():
    assert newest_of_both([said(2), said(1)], of()) == (said(2), '')


def test_nobody_is_told_at_once():
    assert newest_of_both([said(2, ''), said(1)], of(a=[said(1)])) == (said(2, ''), '')


def test_nothing_is_known():
    assert newest_of_both([], of()) == (None, '')
