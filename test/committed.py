"""The models of this checkout, without those that the user pulled."""

from pathlib import Path

MODELS = sorted(
    path.parent.name for path in Path(__file__).resolve().parents[1].glob('models/*/card.yaml')
)
