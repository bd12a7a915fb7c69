"""Models that are not what their card says: configuring fails, and works once mended."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml
from fault_robot import Robot, at_work
from fault_table import Fault, cases
from ros_graph import wait_until

from fer_ros import cards

MODEL = 'face_ferplus'
EXPECTED = 'configuring fails with the reason; works once mended'
PARTS = ('weights', 'graph')
"""What a card has a hash of."""


class ModelRobot(Robot):
    """A perception node whose face model is a folder that can be broken."""

    def __init__(self, material, folder: Path) -> None:
        self.folder = folder
        self._good = cards.find(MODEL).folder
        self.mend()
        super().__init__(material, {'face.model': str(folder)})
        self.rest()

    def mend(self) -> None:
        """The model as it should be."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._good, self.folder)

    def rest(self) -> None:
        """Back to the state in which models can be loaded."""
        assert self.graph.transition('perception', 'deactivate')
        assert self.graph.transition('perception', 'cleanup')

    def alive(self) -> str:
        """Configure the mended model, and see a face with it."""
        self.mend()
        self.graph.bring_up('perception')
        try:
            return super().alive()
        finally:
            self.rest()

    def fails(self, why: str) -> str:
        """Configure; it must fail with a line of the log that says why."""
        start = len(self.process.output)
        if self.graph.transition('perception', 'configure'):
            self.graph.transition('perception', 'cleanup')
            raise AssertionError('it was configured')

        def said() -> list[str]:
            lines = self.process.output[start:].splitlines()
            return [line for line in lines if 'cannot configure' in line]

        # the answer may come before what the node has printed
        (line,) = wait_until(said, 'a line of the log that says why')
        reason = line.partition('cannot configure: ')[2]
        assert why in reason, reason
        return reason.replace(str(self.folder), MODEL)[:160]

    def card(self) -> dict:
        """The content of the card."""
        return yaml.safe_load((self.folder / cards.CARD).read_text())

    def rewrite(self, **changes) -> None:
        """Change keys of the card."""
        text = yaml.safe_dump({**self.card(), **changes}, sort_keys=False)
        (self.folder / cards.CARD).write_text(text)

    def files(self) -> list[Path]:
        """Those of weights and graph."""
        card = self.card()
        return [self.folder / card[part]['file'] for part in PARTS if part in card]

    def hash_anew(self) -> None:
        """Make the hashes in the card those of the files."""
        card = self.card()
        for part in (part for part in PARTS if part in card):
            content = (self.folder / card[part]['file']).read_bytes()
            card[part] = {**card[part], 'sha256': hashlib.sha256(content).hexdigest()}
        self.rewrite(**card)


def broken(name, why, change):
    """A model that was changed by a function of the robot."""

    def inject(robot):
        robot.mend()
        change(robot)
        return robot.fails(why)

    return Fault(name, EXPECTED, inject)


def on_files(action):
    """Do something to each file of weights."""

    def change(robot):
        for path in robot.files():
            action(path)

    return change


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage_with_the_right_hash(robot):
    for path in robot.files():
        path.write_bytes(b'\x00\xff' * 1000)
    robot.hash_anew()


def half_with_the_right_hash(robot):
    on_files(cut_in_half)(robot)
    robot.hash_anew()


def folder_instead(path):
    path.unlink()
    path.mkdir()


def wrong_hash(robot):
    card = robot.card()
    robot.rewrite(**{part: {**card[part], 'sha256': 64 * '0'} for part in PARTS if part in card})


def labels(change):
    def rewrite(robot):
        robot.rewrite(labels=change(robot.card()['labels']))

    return rewrite


def another_network(robot):
    """Settings of the network that do not fit the weights."""
    widths = [2 * width for width in robot.card()['backbone']['widths']]
    robot.rewrite(backbone={**robot.card()['backbone'], 'widths': widths})
    if 'graph' in robot.card():
        card = robot.card()
        del card['graph']
        (robot.folder / cards.CARD).write_text(yaml.safe_dump(card))


FAULTS = [
    broken('the folder missing', 'no model', lambda robot: shutil.rmtree(robot.folder)),
    broken('weights missing', 'No such file', on_files(Path.unlink)),
    broken('weights cut in half', 'sha256', on_files(cut_in_half)),
    broken('weights empty', 'sha256', on_files(lambda path: path.write_bytes(b''))),
    broken('weights of another hash', 'sha256', wrong_hash),
    broken('garbage of the right hash', 'no safetensors', garbage_with_the_right_hash),
    broken('half the weights, with the right hash', 'no safetensors', half_with_the_right_hash),
    broken('a folder for the weights', 'not a regular file', on_files(folder_instead)),
    broken('settings of another network', 'does not fit', another_network),
    broken('one label more than outputs', 'labels', labels(lambda words: [*words, 'joy'])),
    broken('one label fewer', 'labels', labels(lambda words: words[:-1])),
    broken('an unknown label', 'hungry', labels(lambda words: [*words[:-1], 'hungry'])),
    broken('a label twice', 'twice', labels(lambda words: [*words[:-1], words[0]])),
    broken('a voice model', 'audio_backbone', lambda robot: robot.rewrite(kind='audio_backbone')),
    broken('a card that is no YAML', 'card.yaml', lambda robot: write(robot, '{: [')),
    broken('an empty card', 'card.yaml', lambda robot: write(robot, '')),
    broken('weights outside the folder', 'plain name', lambda r: r.rewrite(weights=OUTSIDE)),
]
OUTSIDE = {'file': '../weights.safetensors', 'sha256': 64 * '0'}


def write(robot, text):
    (robot.folder / cards.CARD).write_text(text)


@pytest.fixture(scope='module')
def model_robot(material, tmp_path_factory):
    with at_work(ModelRobot(material, tmp_path_factory.mktemp('models') / MODEL)) as robot:
        yield robot


@cases(FAULTS)
def test_the_node_lives_through(model_robot, table, fault):
    table.run('Models', fault, model_robot)
