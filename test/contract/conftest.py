import os
from pathlib import Path

import cv2
import pytest

from fer_ros import cards


@pytest.fixture(scope='session')
def face_picture():
    """An RGB picture of a face, None where there are no real data."""
    folder = os.environ.get('FER_ROS_DATA', '')
    if not folder:
        return None
    path = Path(folder) / 'samples' / 'single_face.jpg'
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.fixture
def untrained(tmp_path):
    """Makes the card of a network that learned nothing, with all its labels but one."""

    def make(cls, kind, card_input, **shape):
        import torch
        from safetensors.torch import save_file

        labels = ['calm', 'neutral', 'joy', 'sadness', 'surprise', 'fear', 'disgust', 'anger']
        torch.manual_seed(0)
        network = cls.network(cls.Config(), classes=len(labels), **shape)
        weights = {name: value.contiguous() for name, value in network.state_dict().items()}
        save_file(weights, tmp_path / 'weights.safetensors')
        content = {
            'schema': cards.SCHEMA,
            'kind': kind,
            'backbone': {'plugin': 'any'},
            'labels': labels,
            'input': card_input,
            'weights': {
                'file': 'weights.safetensors',
                'sha256': cards.sha256_of(tmp_path / 'weights.safetensors'),
            },
            'licence': 'Apache-2.0',
        }
        return cards.write(tmp_path, content)

    return make
