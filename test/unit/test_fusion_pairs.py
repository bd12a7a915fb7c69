"""Pairs of any pictures and any voices, not of the corpora here alone."""

import cv2
import numpy as np
import soundfile

from fer_ros.config import parse
from fer_ros.evaluation.fusion_pairs import PairsConfig, tables
from fer_ros.types import FACE, VOICE

RATE_HZ = 16000


def test_folders_of_ones_own_can_be_paired(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    rng = np.random.default_rng(0)
    for label in ('happy', 'sad'):
        for number in range(3):
            picture = tmp_path / 'image_folder' / label / f'{number}.png'
            sound = tmp_path / 'audio_folder' / label / f'{number}.wav'
            for path in (picture, sound):
                path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(picture), rng.integers(0, 255, (48, 48), np.uint8))
            soundfile.write(sound, 0.1 * rng.standard_normal(RATE_HZ), RATE_HZ)
    settings = {'faces': {'plugin': 'image_folder'}, 'voices': ['audio_folder'], 'moments': 1}
    found = tables(parse(PairsConfig, settings), tmp_path, 'test')
    assert len(found[FACE].labels) == 2
    assert len(found[VOICE].labels) == 1
    assert np.isfinite(found[FACE].embedding).all()
