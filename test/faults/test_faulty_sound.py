"""Sound as no microphone should send it, and as some do."""

from __future__ import annotations

import numpy as np
from fault_senses import RATE_HZ
from fault_table import Fault, cases
from ros_graph import wait_until

REFUSED = 'counted with its reason'
HEARD = 'the voice is read'


def bad(name, data, why, **format_):
    """Sound that is refused, in a format that differs from the usual one."""

    def inject(robot):
        robot.senses.say_format(**format_)
        return robot.refused('audio', lambda: publish_until_refused(robot, data, why), why)

    return Fault(name, REFUSED, inject)


def publish_until_refused(robot, data, why):
    """The format may come after the sound, as they are two topics: send again until it is used."""
    before = robot.errors('audio')[0]

    def refused():
        robot.senses.sound.publish(robot.senses.chunk(data))
        robot.diagnosed_now()
        return robot.errors('audio')[0] > before and why in robot.errors('audio')[1]

    wait_until(refused, why)


def odd(name, expected, data):
    """Sound that means nothing, but is no error."""

    def inject(robot):
        def send():
            for _ in range(10):
                robot.senses.sound.publish(robot.senses.chunk(data))

        return robot.tolerated(('audio', 'pipeline'), send)

    return Fault(name, expected, inject)


def in_format(name, convert, **format_):
    """The voice in another format; it must be read."""

    def inject(robot):
        usual = robot.senses.convert
        robot.senses.say_format(**format_)
        robot.senses.convert = convert
        robot.senses.microphone = True
        try:
            return robot.until_voice()
        finally:
            robot.senses.off()
            robot.senses.convert = usual

    return Fault(name, HEARD, inject)


def floats(pcm, kind='<f4'):
    return (np.frombuffer(pcm, '<i2') / 32768).astype(kind).tobytes()


def stereo(pcm):
    return np.repeat(np.frombuffer(pcm, '<i2'), 2).tobytes()


def twice_as_fast(pcm):
    return np.repeat(np.frombuffer(pcm, '<i2'), 2).tobytes()


def clipped(pcm):
    loud = np.frombuffer(pcm, '<i2').astype(np.int64) * 50
    return np.clip(loud, -32768, 32767).astype('<i2').tobytes()


def as_it_is(pcm):
    return pcm


NAN = np.full(1600, np.nan, '<f4').tobytes()
INFINITE = np.full(1600, np.inf, '<f4').tobytes()
FLOAT = {'sample_format': 'F32LE'}

FAULTS = [
    bad('NaN', NAN, 'not finite', **FLOAT),
    bad('infinity', INFINITE, 'not finite', **FLOAT),
    bad('chunk of 0 bytes', b'', '0 samples'),
    bad('chunk of 10 MB', bytes(10_000_000), 'more than 60 s'),
    bad('half a sample', b'odd', 'no whole number'),
    bad('fewer samples than channels', bytes(8), 'for 6 channels', channels=6),
    bad('0 channels', bytes(320), '0 channels', channels=0),
    bad('255 channels', bytes(510), '255 channels', channels=255),
    bad('rate of 0 Hz', bytes(320), 'rate 0 Hz', sample_rate=0),
    bad('rate of 4 GHz', bytes(320), 'rate 4000000000 Hz', sample_rate=4_000_000_000),
    bad('MP3', b'\xff\xfb\x90\x00' * 50, 'mp3', coding_format='mp3'),
    bad('unknown sample format', bytes(320), "'Q7'", sample_format='Q7'),
    odd('silence', 'no error, no voice', bytes(3200)),
    odd('chunks of one sample', 'no error', bytes(2)),
    in_format('clipping', clipped),
    in_format('32-bit floats', floats, **FLOAT),
    in_format('two channels', stereo, channels=2),
    in_format('change to 32 kHz', twice_as_fast, sample_rate=2 * RATE_HZ),
    in_format('back to 16 kHz', as_it_is),
]


@cases(FAULTS)
def test_the_node_lives_through(robot, table, fault):
    table.run('Sound', fault, robot)
