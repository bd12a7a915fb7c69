"""A robot for tests: perception and policy in processes, camera and microphone."""

from __future__ import annotations

import array
import threading
import time

import numpy as np
import ros_fakes
from ros_graph import (
    AudioDataStamped,
    AudioInfo,
    Classification,
    DiagnosticArray,
    Expression,
    Graph,
    Header,
    IdsList,
    Image,
    Parameter,
    ParameterType,
    ParameterValue,
    SetParameters,
    String,
    qos,
    wait_until,
)

from fer_ros.types import NS_PER_S

FPS = 15.0
RATE_HZ = 16000
WIDTH, HEIGHT = 64, 48


class Senses:
    """A camera and a microphone that see and hear what a test tells them."""

    def __init__(self, graph: Graph, prefix: str = '') -> None:
        """``prefix`` goes before the names of topics."""
        self._graph = graph
        create = graph.node.create_publisher
        self._images = create(Image, f'{prefix}image', 5)
        self._sound = create(AudioDataStamped, f'{prefix}audio', 50)
        self._info = create(AudioInfo, f'{prefix}audio_info', qos.LATCHED)
        self._colour = self._level = None
        self.sent_ns: set[int] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.say_format('wave')
        self._thread.start()

    def close(self):
        self._stopping.set()
        self._thread.join()

    def show(self, colour):
        """What the camera sees from now on; None for a camera that is off."""
        self._colour = colour

    def sound(self, level):
        """How loud the microphone hears somebody; None for one that is off."""
        self._level = level

    def say_format(self, coding):
        self._info.publish(
            AudioInfo(channels=1, sample_rate=RATE_HZ, sample_format='S16LE', coding_format=coding)
        )

    def send_image(self, **fields):
        """One picture with some fields changed."""
        now = self._graph.node.get_clock().now()
        pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        pixels[:] = self._colour or ros_fakes.BLACK
        message = Image(
            header=Header(stamp=now.to_msg(), frame_id='camera'),
            height=HEIGHT,
            width=WIDTH,
            encoding='rgb8',
            step=3 * WIDTH,
            data=array.array('B', pixels.tobytes()),
        )
        for name, value in fields.items():
            setattr(message, name, value)
        if not fields:
            self.sent_ns.add(now.nanoseconds)
        self._images.publish(message)

    def send_sound(self, data=None):
        """The sound since the last picture, or any bytes."""
        count = round(RATE_HZ / FPS)
        now = self._graph.node.get_clock().now().nanoseconds
        first_ns = now - round(count * NS_PER_S / RATE_HZ)
        message = AudioDataStamped()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(first_ns, NS_PER_S)
        if data is None:
            wave = (self._level or 0.0) * np.sin(np.arange(count) * 0.3) * 32767
            data = wave.astype('<i2').tobytes()
        message.audio.data = array.array('B', data)
        self._sound.publish(message)

    def _run(self):
        while not self._stopping.wait(1.0 / FPS):
            if self._colour is not None:
                self.send_image()
            if self._level is not None:
                self.send_sound()


class Robot:
    """Perception and policy at work, and all that they say."""

    def __init__(self, graph: Graph, folder, parameters=None, env=None) -> None:
        """``parameters`` of perception besides those of the fakes; models go to ``folder``."""
        self.graph = graph
        self.senses = Senses(graph)
        self.emotion = graph.listen(Expression, 'emotion', qos.EMOTION)
        self.face = graph.listen(Expression, 'emotion/face', qos.EMOTION)
        self.voice = graph.listen(Expression, 'emotion/voice', qos.EMOTION)
        self.scores = graph.listen(Classification, 'emotion/scores', qos.EMOTION)
        self.weights = graph.listen(Classification, 'emotion/weights', qos.EMOTION)
        self.tracked = graph.listen(IdsList, 'humans/faces/tracked', qos.LATCHED)
        self.behaviour = graph.listen(String, 'interaction/behaviour', qos.LATCHED)
        self.diagnostics = graph.listen(DiagnosticArray, '/diagnostics')
        self.perception = graph.start_node(
            'perception', {**ros_fakes.perception_parameters(folder), **(parameters or {})}, env
        )
        self.policy = graph.start_node('policy')
        graph.bring_up('perception')
        graph.bring_up('policy')

    def until_emotion(self, label, deadline_s=40.0):
        """Wait for a message on emotion that says this from now on; the message."""
        start_ns = time.time_ns()

        def said():
            return [m for m in self.emotion.since(start_ns) if m.expression == label]

        return wait_until(said, f'{label!r} on emotion', deadline_s)[0]

    def until_behaviour(self, name):
        wait_until(lambda: self.behaviour and self.behaviour[-1].data == name, f'behaviour {name}')

    def diagnosed(self, part):
        """The newest values of a part in /diagnostics."""
        for message in reversed(self.diagnostics):
            for status in message.status:
                if status.name.endswith(f': {part}'):
                    return {pair.key: pair.value for pair in status.values}
        return {}

    def verdict(self, part):
        """The newest message of a part in /diagnostics."""
        for message in reversed(self.diagnostics):
            for status in message.status:
                if status.name.endswith(f': {part}'):
                    return status.message
        return ''

    def errors(self, part):
        """How many inputs of a kind /diagnostics counts as wrong, and the last reason."""
        values = self.diagnosed(part)
        return int(values.get('errors', 0)), values.get('last error', '')

    def set_parameter(self, name, value):
        """The answer to ros2 param set."""
        kind = {bool: 'bool', float: 'double', str: 'string'}[type(value)]
        typed = ParameterValue(type=getattr(ParameterType, f'PARAMETER_{kind.upper()}'))
        setattr(typed, f'{kind}_value', value)
        request = SetParameters.Request(parameters=[Parameter(name=name, value=typed)])
        return self.graph.call(SetParameters, 'perception/set_parameters', request).results[0]
