"""A policy of rules: conditions that hold for a while choose a behaviour by priority.

The rules are data (policy.yaml), so that those who design the interaction need not program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_ros import yaml_files
from fer_ros.config import ConfigError, parse, setting
from fer_ros.labels import VOCABULARY
from fer_ros.resources import share_file
from fer_ros.types import NS_PER_S, Decision, Expression


@dataclass(frozen=True)
class Rule:
    """One entry of the rules file."""

    behaviour: str = setting('', 'Name of the behaviour that the rule asks for')
    expressions: tuple[str, ...] = setting(
        (), 'Any of these words of hri_msgs; empty: every label'
    )
    min_confidence: float = setting(0.0, 'Lowest confidence', ge=0.0, le=1.0)
    min_valence: float = setting(
        -1.0, 'Lowest valence; above -1 it must be known', ge=-1.0, le=1.0
    )
    max_valence: float = setting(1.0, 'Highest valence; below 1 it must be known', ge=-1.0, le=1.0)
    min_arousal: float = setting(
        -1.0, 'Lowest arousal; above -1 it must be known', ge=-1.0, le=1.0
    )
    max_arousal: float = setting(1.0, 'Highest arousal; below 1 it must be known', ge=-1.0, le=1.0)
    hold: float = setting(0.0, 'How long the conditions must hold first', unit='s', ge=0.0)
    priority: int = setting(0, 'The highest that applies wins; the first among equals')
    hysteresis: float = setting(
        0.0, 'How much less confidence is enough once the rule is active', ge=0.0, le=1.0
    )
    cool_down: float = setting(0.0, 'How long it rests after it was active', unit='s', ge=0.0)

    def __post_init__(self) -> None:
        if not self.behaviour:
            raise ConfigError('behaviour: a rule must name one')
        for word in self.expressions:
            if word not in VOCABULARY:  # the rule would never apply
                raise ConfigError(f'expressions: {word!r} is not one of {", ".join(VOCABULARY)}')

    def matches(self, expression: Expression, active: bool) -> bool:
        """Whether the conditions hold, not counting for how long."""
        slack = self.hysteresis if active else 0.0
        return (
            (not self.expressions or expression.label in self.expressions)
            and expression.confidence >= self.min_confidence - slack
            and _within(expression.valence, self.min_valence, self.max_valence)
            and _within(expression.arousal, self.min_arousal, self.max_arousal)
        )


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file, ``rules:`` holding a list.  Raises ConfigError naming what is wrong."""
    try:
        data = yaml_files.read(path)
    except yaml_files.YamlFileError as error:
        raise ConfigError(f'rules_file {path}: {error}') from error
    entries = data.get('rules') if isinstance(data, dict) else None
    if not isinstance(entries, list) or set(data) != {'rules'}:
        raise ConfigError(f'rules_file {path}: expected one key, rules, with a list')
    return tuple(_rule(path, number, entry) for number, entry in enumerate(entries))


class RulePolicy:
    """Applies the rules; see protocols.Policy."""

    @dataclass(frozen=True)
    class Config:
        """Where the rules are, and what is done when none applies."""

        rules_file: str = setting('', "File of rules; '' is the policy.yaml of the package")
        default: str = setting('attend', 'Behaviour when somebody is there but no rule applies')
        fallback: str = setting(
            'idle', 'Behaviour when nobody is there or nothing is heard of anybody'
        )

    def __init__(self, config: Config, rules: tuple[Rule, ...] | None = None) -> None:
        """``rules`` given directly take the place of the file."""
        if rules is None:
            path = (
                Path(config.rules_file) if config.rules_file else share_file('config/policy.yaml')
            )
            rules = read_rules(path)
        self._config = config
        self._rules = sorted(rules, key=lambda rule: -rule.priority)
        self._now_ns = 0
        self._active: int | None = None
        self._since_ns: dict[int, int] = {}
        self._ended_ns: dict[int, int] = {}

    def decide(self, expression: Expression | None, now_ns: int) -> Decision:
        """See protocols.Policy."""
        if now_ns < self._now_ns:
            self._start_anew()
        self._now_ns = now_ns
        if expression is None or not expression.label:
            return self._nobody()
        return self._apply(expression)

    def _apply(self, expression: Expression) -> Decision:
        winner = None
        for number, rule in enumerate(self._rules):
            if not rule.matches(expression, number == self._active):
                self._since_ns.pop(number, None)
                continue
            since_ns = self._since_ns.setdefault(number, self._now_ns)
            held = self._now_ns - since_ns >= rule.hold * NS_PER_S
            if winner is None and held and not self._resting(number):
                winner = number
        self._activate(winner)
        if winner is None:
            return Decision(self._now_ns, self._config.default, 'no rule applies')
        reason = f'{expression.label} with confidence {expression.confidence:.2f}'
        return Decision(self._now_ns, self._rules[winner].behaviour, reason)

    def _nobody(self) -> Decision:
        self._activate(None)
        self._since_ns.clear()
        return Decision(self._now_ns, self._config.fallback, 'nobody is there')

    def _activate(self, number: int | None) -> None:
        if self._active is not None and self._active != number:
            self._ended_ns[self._active] = self._now_ns
        self._active = number

    def _resting(self, number: int) -> bool:
        """Whether it cools down, which an active rule has done before it became so."""
        ended_ns = self._ended_ns.get(number)
        cool_down_ns = self._rules[number].cool_down * NS_PER_S
        return ended_ns is not None and self._now_ns - ended_ns < cool_down_ns

    def _start_anew(self) -> None:
        self._active = None
        self._since_ns.clear()
        self._ended_ns.clear()


def _rule(path: Path, number: int, entry: Any) -> Rule:
    try:
        return parse(Rule, entry)
    except ConfigError as error:
        raise ConfigError(f'rules_file {path}: rule {number + 1}: {error}') from None


def _within(value: float | None, low: float, high: float) -> bool:
    if value is None:
        return low == -1.0 and high == 1.0
    return low <= value <= high
