import numpy as np
import pytest

from fakes import FakeFaceBackbone, faces_of, frame_at, logits_for, seconds
from fer_ros.config import parse
from fer_ros.face.branch import FaceBranch, FaceConfig
from fer_ros.stages import Stages

TWO = [(10, 10, 40, 40), (80, 20, 60, 60)]


@pytest.fixture
def backbone():
    return FakeFaceBackbone(logits_for('happy'))


def config_of(**settings):
    quick = {'detector': {'plugin': 'fakes:FakeDetector'}, 'tracking': {'min_hits': 1}}
    return parse(FaceConfig, quick | settings)


def branch_of(detector, backbone, stages=None, **settings):
    return FaceBranch(config_of(**settings), detector, backbone, stages or Stages())


def test_each_face_has_an_id_and_the_features_of_its_crop(backbone):
    found = branch_of(faces_of(TWO), backbone).process(frame_at(2.0))
    assert len({face.track_id for face, _ in found} - {None}) == 2
    for _, features in found:
        assert features.stamp_ns == seconds(2.0)
        assert 0.0 <= features.quality <= 1.0
        np.testing.assert_array_equal(features.logits, logits_for('happy'))
        assert not features.logits.flags.writeable
        assert not features.embedding.flags.writeable


def test_all_faces_of_a_frame_are_one_batch(backbone):
    branch_of(faces_of(TWO), backbone).process(frame_at(0.0))
    assert backbone.batches == [2]


def test_in_a_group_faces_take_turns_and_keep_what_was_read_of_them(backbone):
    six = [(100 * n, 10, 40 + n, 40 + n) for n in range(6)]
    branch = branch_of(faces_of(six), backbone, reads_per_frame=3)
    assert len(branch.process(frame_at(0.0))) == 3
    found = branch.process(frame_at(0.04))
    assert backbone.batches == [3, 3]
    assert sorted(features.stamp_ns for _, features in found) == [0] * 3 + [seconds(0.04)] * 3
    again = branch.process(frame_at(0.08))
    kept = {face.track_id: features for face, features in found}
    assert sum(features is kept[face.track_id] for face, features in again) == 3


def test_a_frame_without_faces_gives_nothing(backbone):
    assert branch_of(faces_of([]), backbone).process(frame_at(0.0)) == []


def test_frames_between_detections_are_tracked(backbone):
    detector = faces_of(TWO)
    branch = branch_of(detector, backbone, detection_interval=0.1)
    ids = [{face.track_id for face, _ in branch.process(frame_at(n * 0.04))} for n in range(6)]
    assert detector.calls == 2  # at 0 and 0.12 s
    assert all(found == ids[0] for found in ids)


def test_every_frame_is_searched_without_an_interval(backbone):
    detector = faces_of(TWO)
    branch = branch_of(detector, backbone, detection_interval=0.0)
    for n in range(3):
        branch.process(frame_at(n * 0.04))
    assert detector.calls == 3


def test_no_more_faces_are_read_than_allowed(backbone):
    branch_of(faces_of(TWO), backbone, max_faces=1).process(frame_at(0.0))
    assert backbone.batches == [1]


def test_live_settings_hold_from_the_next_frame_on(backbone):
    branch = branch_of(faces_of(TWO), backbone)
    branch.process(frame_at(0.0))
    branch.apply(config_of(max_faces=1))
    branch.process(frame_at(0.2))
    assert backbone.batches == [2, 1]


def test_reset_searches_the_next_frame_anew(backbone):
    detector = faces_of(TWO)
    branch = branch_of(detector, backbone)
    branch.process(frame_at(100.0))
    branch.reset()
    detector.faces = []
    assert branch.process(frame_at(0.0)) == []
    assert detector.calls == 2


def test_the_stages_are_timed(backbone):
    stages = Stages()
    branch_of(faces_of(TWO), backbone, stages).process(frame_at(0.0))
    assert set(stages.take()) == {'detect', 'track', 'mouth', 'crop', 'face_net'}
