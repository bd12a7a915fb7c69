"""Fuzzing for as long as one likes: ``make fuzz MINUTES=10 TARGETS='card yaml'``.

Each target has a process of its own with little memory, so that one that takes too much or hangs
is a finding too.  With atheris installed (Python 3.11 to 3.13) the coverage of our own code leads
it; without, damage is random.  What was found is written to fuzz_findings/; then the exit code
is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import FunctionType

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'test'), str(ROOT / 'test' / 'fuzz')]
MEMORY = 6 * 2**30
"""Bytes of address space; the libraries alone take some of it."""
HANGS_S = 30


def main() -> int:
    """The exit code: 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--minutes', type=float, default=5.0, help='for all targets together')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', type=Path, default=Path('fuzz_findings'))
    parser.add_argument('--child', help=argparse.SUPPRESS)
    parser.add_argument('targets', nargs='*', help='default: all')
    args = parser.parse_args()
    if args.child:
        return _child(args)
    from fuzz_targets import TARGETS

    names = args.targets or list(TARGETS)
    seconds = args.minutes * 60 / len(names)
    has_atheris = importlib.util.find_spec('atheris') is not None
    print(f'{len(names)} targets, {seconds:.0f} s each, led by', end=' ')
    print('coverage (atheris)' if has_atheris else 'chance (no atheris)', flush=True)
    counts = [_run(name, args, seconds) for name in names]
    return int(any(counts))


def _run(name: str, args: argparse.Namespace, seconds: float) -> int:
    """Whether a target has new findings."""
    before = set(args.out.glob(f'{name}-*'))
    words = [sys.executable, __file__, '--child', name, '--minutes', str(seconds / 60)]
    words += ['--seed', str(args.seed), '--out', str(args.out)]
    done = subprocess.run(words, stderr=subprocess.DEVNULL, check=False)
    last = args.out / f'{name}.last'
    if done.returncode:  # killed, out of memory, a hang, a crash of a library
        last.replace(args.out / f'{name}-ended-{done.returncode}')
    last.unlink(missing_ok=True)
    found = sorted(set(args.out.glob(f'{name}-*')) - before)
    print(f'{name}: {len(found)} found', *found, flush=True)
    return len(found)


def _child(args: argparse.Namespace) -> int:
    from fuzz_targets import TARGETS

    target = TARGETS[args.child]
    seeds, found = target.seeds(), set()
    numbers = random.Random(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    last = args.out / f'{args.child}.last'
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def one(data: bytes) -> None:
        last.write_bytes(data)  # what a crash or a hang leaves behind
        fault = _fault(target, data)
        if fault and fault not in found:
            found.add(fault)
            name = f'{args.child}-{hashlib.sha256(data).hexdigest()[:12]}'
            (args.out / name).write_bytes(data)
            print(f'{name}: {fault}', flush=True)

    if importlib.util.find_spec('atheris') is not None:
        _led_by_coverage(target, seeds, one, args)
        return 0
    end, tries = time.monotonic() + 60 * args.minutes, 0
    while time.monotonic() < end:
        one(target.damage(numbers.choice(seeds), numbers))
        tries += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f'{args.child}: {tries} inputs, at most {peak} MB', flush=True)
    return 0


def _led_by_coverage(target, seeds, one, args) -> None:
    """Runs libFuzzer, which ends the process itself."""
    import atheris

    for name, module in list(sys.modules.items()):
        if name.startswith('fer_ros.'):
            for key, value in list(vars(module).items()):
                if isinstance(value, FunctionType) and value.__module__ == name:
                    setattr(module, key, atheris.instrument_func(value))

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        numbers = random.Random(seed)
        if numbers.random() < 0.5:
            return atheris.Mutate(data, most)
        return target.damage(numbers.choice(seeds), numbers)[:most]

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(data)
        words = [f'-max_total_time={max(1, round(60 * args.minutes))}', f'-timeout={HANGS_S}']
        words += ['-rss_limit_mb=0', f'-seed={args.seed + 1}', '-max_len=65536', '-verbosity=0']
        words += [f'-artifact_prefix={args.out}/{args.child}-']
        atheris.Setup([sys.argv[0], *words, corpus], one, custom_mutator=mutate)
        atheris.Fuzz()


def _fault(target, data: bytes) -> str:
    """What is wrong with how a target takes an input, '' where nothing is."""
    from fuzz_targets import is_ours

    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            target.read(data, Path(folder))
        except Exception as error:
            if not is_ours(error):
                where = [
                    f for f in traceback.extract_tb(error.__traceback__) if ROOT.name in f.filename
                ]
                at = f'{Path(where[-1].filename).name}:{where[-1].lineno}' if where else '?'
                return f'{type(error).__name__} at {at}'
    if time.monotonic() - begin > HANGS_S:
        return f'takes more than {HANGS_S} s'
    return ''


if __name__ == '__main__':
    sys.exit(main())
