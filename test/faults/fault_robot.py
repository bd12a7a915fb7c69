"""A perception node at work, what is heard of it, and the proof that it is alive."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from fault_senses import Material, Senses
from ros_graph import (
    DiagnosticArray,
    Expression,
    Graph,
    IdsList,
    Parameter,
    ParameterType,
    ParameterValue,
    SetParameters,
    qos,
    stamp_ns,
    wait_until,
)

from fer_ros.benchmarks.processes import megabytes, read_status
from fer_ros.types import NS_PER_S

ALIVE_S = 20.0
"""Within this a node must read a face again; a loaded machine takes its time."""
KINDS: dict[type, str] = {bool: 'bool', float: 'double', str: 'string', int: 'integer'}


class Robot:
    """The perception node in a process of its own, in a domain of its own."""

    def __init__(
        self,
        material: Material,
        parameters: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.graph = Graph()
        folder = Path(__file__).parent
        self.graph.env['PYTHONPATH'] = f'{folder}{os.pathsep}{self.graph.env["PYTHONPATH"]}'
        self.graph.env.update(env or {})
        self.senses = Senses(self.graph, material)
        self.emotion = self.graph.listen(Expression, 'emotion', qos.EMOTION)
        self.face = self.graph.listen(Expression, 'emotion/face', qos.EMOTION)
        self.voice = self.graph.listen(Expression, 'emotion/voice', qos.EMOTION)
        self.tracked = self.graph.listen(IdsList, 'humans/faces/tracked', qos.LATCHED)
        self.diagnostics = self.graph.listen(DiagnosticArray, '/diagnostics')
        self._set_parameters = self.graph.node.create_client(
            SetParameters, 'perception/set_parameters'
        )
        self.parameters = dict(parameters or {})
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start perception, and bring it up."""
        self.process = self.graph.start_node('perception', self.parameters)
        try:
            self.graph.bring_up('perception')
        except AssertionError as error:
            raise AssertionError(f'{error}:\n{self.process.output}') from error

    def close(self) -> None:
        """End everything."""
        self.senses.close()
        self.graph.close()

    def alive(self) -> str:
        """Prove that a good picture gives a face and an emotion; says how soon."""
        self.senses.on()
        start_s, start_ns = time.monotonic(), self.senses.now_ns()
        wait_until(lambda: self.read_face(start_ns), 'a face on emotion/face', ALIVE_S)
        wait_until(
            lambda: any(m.expression and stamp_ns(m) >= start_ns for m in self.emotion[-20:]),
            'somebody on emotion',
            ALIVE_S,
        )
        self.senses.off()
        self.check()
        return f'a face again after {time.monotonic() - start_s:.1f} s'

    def check(self) -> None:
        """The process runs and printed no traceback."""
        assert self.process.running, f'it died:\n{self.process.output}'
        assert 'Traceback' not in self.process.output, self.process.output

    def read_face(self, since_ns: int) -> Any:
        """The newest message on emotion/face for a picture that was sent since then."""
        for message in reversed(self.face[-20:]):
            if stamp_ns(message) >= since_ns and stamp_ns(message) in self.senses.sent_ns:
                return message
        return None

    def until_face(self, make: Callable[[int], Any]) -> str:
        """Show pictures until a face is read in one; what was read."""
        start_ns = self.senses.now_ns()
        self.senses.camera = make
        message = wait_until(lambda: self.read_face(start_ns), 'a face in such a picture')
        self.senses.off()
        return f'{message.expression} {message.confidence:.2f} on emotion/face'

    def until_processed(self, make: Callable[[int], Any]) -> None:
        """Send pictures until one has gone through the pipeline, whatever is in it."""
        sent: list[int] = []

        def done() -> bool:
            sent.append(self.senses.now_ns())
            self.senses.send_image(make(sent[-1]), sent[-1])
            return any(stamp_ns(message) >= sent[0] for message in self.tracked[-20:])

        wait_until(done, 'a picture to be processed')

    def beats(self, count: int) -> None:
        """Wait for so many heartbeats on emotion."""
        heard = len(self.emotion)
        wait_until(lambda: len(self.emotion) >= heard + count, 'the heartbeat on emotion')

    def wait_s(self, seconds: float) -> None:
        """Let the node work for so long, as it must be alive in the end."""
        end_s = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > end_s, 'the time to pass', seconds + 60.0)
        self.check()

    def forget(self) -> None:
        """Drop what was heard and sent long ago."""
        for heard in (self.emotion, self.face, self.voice, self.tracked):
            heard.forget(100)
        self.diagnostics.forget(5)
        since_ns = self.senses.now_ns() - 10 * NS_PER_S
        self.senses.sent_ns = {at for at in list(self.senses.sent_ns) if at > since_ns}

    def memory_mb(self) -> float:
        """What the process has in memory now, without what it shares with others."""
        return self._resident_mb('RssAnon') + self._resident_mb('RssFile')

    def shared_memory_mb(self) -> float:
        """What it has in memory of what it shares with others: that of DDS."""
        return self._resident_mb('RssShmem')

    def _resident_mb(self, kind: str) -> float:
        return megabytes(read_status(Path(f'/proc/{self.process.pid}'))[kind])

    def until_voice(self) -> str:
        """Wait until the voice is read from now on; what was read."""
        start_ns = time.time_ns()
        message = wait_until(
            lambda: [m for m in self.voice.since(start_ns) if m.expression], 'a voice'
        )[0]
        return f'{message.expression} {message.confidence:.2f} on emotion/voice'

    def refused(self, part: str, send: Callable[[], object], why: str) -> str:
        """Send what is bad; it must be counted in /diagnostics with a reason."""
        before = self.errors(part)[0]
        send()
        wait_until(
            lambda: self.errors(part)[0] > before and why in self.errors(part)[1],
            f'an error of {part} in /diagnostics with {why!r}',
            ALIVE_S,
        )
        reason = self.errors(part)[1]
        shown = reason if len(reason) < 110 else f'{reason[:110]}…'
        return f'/diagnostics WARN: “{shown}”'

    def tolerated(self, parts: tuple[str, ...], send: Callable[[], object]) -> str:
        """Send what is odd; nothing may count as an error."""
        before = [self.errors(part)[0] for part in parts]
        send()
        self.diagnosed_now()
        after = [self.errors(part) for part in parts]
        assert [count for count, _ in after] == before, after
        return 'no error'

    def values(self, part: str) -> dict[str, str]:
        """The newest values of a part in /diagnostics."""
        for message in reversed(self.diagnostics):
            for status in message.status:
                if status.name.endswith(f': {part}'):
                    return {pair.key: pair.value for pair in status.values}
        return {}

    def errors(self, part: str) -> tuple[int, str]:
        """How many inputs of a kind /diagnostics counts as wrong, and the last reason."""
        values = self.values(part)
        return int(values.get('errors', 0)), values.get('last error', '')

    def diagnosed_now(self) -> None:
        """Wait for diagnostics of all that happened up to now."""
        now_ns = self.senses.now_ns()
        wait_until(
            lambda: self.diagnostics and stamp_ns(self.diagnostics[-1]) > now_ns, 'new diagnostics'
        )

    def set(self, **changes: Any) -> list[Any]:
        """The results of setting parameters, with ``__`` for a dot."""
        parameters = [
            Parameter(name=name.replace('__', '.'), value=_value(value))
            for name, value in changes.items()
        ]
        client = self._set_parameters
        wait_until(client.service_is_ready, 'the service that sets parameters')
        future = client.call_async(SetParameters.Request(parameters=parameters))
        wait_until(future.done, f'an answer to {changes}')
        return list(future.result().results)


@contextmanager
def at_work(subject: Any) -> Iterator[Any]:
    """A subject that has proved to be alive before the first fault, and is closed in the end."""
    with closing(subject):
        subject.alive()
        yield subject


def _value(value: Any) -> ParameterValue:
    if value is None:
        return ParameterValue(type=ParameterType.PARAMETER_NOT_SET)
    kind = KINDS[type(value)]
    typed = ParameterValue(type=getattr(ParameterType, f'PARAMETER_{kind.upper()}'))
    setattr(typed, f'{kind}_value', value)
    return typed
