"""A class opens the page and plays with it: how long it waits, and what memory that takes.

    python -m tests.benchmarks.classroom
    python -m tests.benchmarks.classroom -n 60 150 --together
    python -m tests.benchmarks.classroom --at-once "" section=race "lesson=race&reveal=true"

The first has 60 visitors open the page within 30 s and then move the learning rate by a step every 3 s on average for
two minutes, or with --far to any place, or with --more any slider. In the second, classes of 60 and of 150 come one
after the other, each to a fresh server, and all visitors of a class take the same steps, so that they share their runs.
The third has all of them open one link at the same moment, and then the next one, each time on a fresh server.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qsl

from tests.browser import free_port, serving
from tests.visitors import Visitor

SLIDERS = ["log10_rate", "beta1", "epochs", "a", "b", "noise"]
"""The first is always there, the others under More."""
PAUSE = 3.0
"""How long a visitor looks at a run before the next change, s, on average."""


def resident(server):
    """The memory that a process holds, MiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def worked(server):
    """The processor time that a process has taken, s."""
    ticks = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


class Draws:
    """What a visitor leaves to chance: the moments, of the visitor's own, and the steps, perhaps those of all."""

    def __init__(self, seed, together):
        self.moments, self.steps = random.Random(seed), random.Random(0 if together else f"steps {seed}")


async def take_part(visitor, draws, sliders, far, ramp, seconds, openings, reruns):
    """Open the page at a moment of the ramp, then move a slider now and then until the time is over."""
    move = visitor.somewhere if far else visitor.a_step_on
    await asyncio.sleep(draws.moments.uniform(0, ramp))
    openings.append(await visitor.open())
    over = time.perf_counter() + seconds
    while time.perf_counter() < over:
        await asyncio.sleep(draws.moments.uniform(0.5, 1.5) * PAUSE)
        reruns.append(await visitor.change(*move(draws.steps.choice(sliders), draws.steps)))


async def attend(visitors, wanted, ramp, seconds):
    openings, reruns = [], []
    sliders = SLIDERS if wanted.more else SLIDERS[:1]
    everyone = (
        take_part(visitor, Draws(seed, wanted.together), sliders, wanted.far, ramp, seconds, openings, reruns)
        for seed, visitor in enumerate(visitors)
    )
    failed = [fault for fault in await asyncio.gather(*everyone, return_exceptions=True) if fault]
    return openings, reruns, [*map(repr, failed), *(error for visitor in visitors for error in visitor.errors)]


def row(name, times):
    slowest = sorted(times)[-max(1, len(times) // 20)]
    return f"{name:10}{len(times):8}{statistics.median(times):10.2f}{slowest:18.2f}{max(times):10.2f}"


def lesson(n, wanted, link=None):
    """Have a class of n visitors come to fresh servers, print how it went, and return the number of errors."""
    ramp, seconds = (30, wanted.seconds) if link is None else (0, 0)
    with tempfile.TemporaryFile("w+") as log, contextlib.ExitStack() as stack:
        ports = [free_port() for _ in range(wanted.processes)]
        servers = [stack.enter_context(serving(port, output=log)) for port in ports]
        before, idle = sum(map(resident, servers)), sum(map(worked, servers))
        query = dict(parse_qsl(link or ""))
        visitors = [Visitor(f"http://127.0.0.1:{ports[k % len(ports)]}/", query, wanted.more) for k in range(n)]
        openings, reruns, errors = asyncio.run(attend(visitors, wanted, ramp, seconds))
        after, work = sum(map(resident, servers)), sum(map(worked, servers)) - idle
        log.seek(0)
        errors += re.findall(r"^.*[Uu]ncaught.*(?:\n.*)*", log.read(), flags=re.MULTILINE)
    print(f"{n} visitors, {link or 'the first screen'}; load average {os.getloadavg()[0]:.1f}\n")
    print(f"{'seconds':10}{'times':>8}{'median':>10}{'slowest twentieth':>18}{'slowest':>10}")
    print(row("opening", openings))
    if reruns:
        print(row("change", reruns))
    runs = len(openings + reruns)
    print(f"\nmemory: {before:.0f} MiB before, {after:.0f} after; processor: {1000 * work / runs:.0f} ms for each run")
    print(f"errors: {len(errors)}", *errors[:5], sep="\n", end="\n\n")
    return len(errors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, nargs="+", default=[60], help="visitors of each class")
    parser.add_argument("--seconds", type=float, default=120, help="how long they play")
    parser.add_argument("--processes", type=int, default=1, help="servers that share the visitors")
    parser.add_argument("--more", action="store_true", help="open More and move any slider, not only the learning rate")
    parser.add_argument("--far", action="store_true", help="to any place of it, instead of by a step")
    parser.add_argument("--together", action="store_true", help="all take the same steps, each at moments of one's own")
    parser.add_argument("--at-once", nargs="+", default=[None], metavar="LINK", help="links that all open at once")
    wanted = parser.parse_args()
    return any([lesson(n, wanted, link) for n in wanted.n for link in wanted.at_once])


if __name__ == "__main__":
    raise SystemExit(main())
