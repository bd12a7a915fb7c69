"""The baseline of many emotion packages as a model folder, so that it is measured as ours are.

    python tools/mini_xception.py fer2013_mini_XCEPTION.102-0.66.onnx runs/mini_xception
    fer-ros models evaluate runs/mini_xception --on fer2013plus --set labels=fer2013 --data DIR

Arriaga 2017, arXiv 1710.07557; weights of github.com/oarriaga/face_classification (MIT),
converted to ONNX.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros import cards

FILE = 'fer2013_mini_XCEPTION.102-0.66.onnx'


def main() -> int:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('file', type=Path)
    parser.add_argument('out', type=Path)
    args = parser.parse_args()
    write(args.file, args.out)
    return 0


def write(file: Path, out: Path) -> cards.Card:
    """A model folder with a copy of the weights."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, out / FILE)
    content = {
        'schema': cards.SCHEMA,
        'summary': 'Mini-XCEPTION on 64 px grey crops, seven emotions of FER2013 (Arriaga 2017).',
        'kind': 'face_backbone',
        'backbone': {'plugin': 'onnx', 'scores': 'probabilities'},
        'labels': ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'],
        'input': {'size': 64, 'colour': 'grey', 'mean': 0.5, 'std': 0.5},
        'licence': 'MIT for the weights; they were trained on FER2013 pictures (research use)',
        'weights': {'file': FILE, 'sha256': cards.sha256_of(out / FILE)},
    }
    return cards.write(out, content)


if __name__ == '__main__':
    sys.exit(main())
