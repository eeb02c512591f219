"""A class opens the page and plays with it: how long it waits, and what memory that takes.

    python -m tests.benchmarks.classroom
    python -m tests.benchmarks.classroom --section race

The first has 60 visitors open the page within 30 s and then move a slider by a step every 3 s on average for two
minutes, or with --far to any place of it. The second has all of them ask for one section at the same moment.
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

from tests.browser import free_port, serving
from tests.visitors import Visitor

SLIDERS = ["log10_rate", "beta1", "epochs", "a", "b", "noise"]
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


async def take_part(visitor, draws, sliders, far, ramp, seconds, openings, reruns):
    """Open the page at a moment of the ramp, then move a slider now and then until the time is over."""
    move = visitor.somewhere if far else visitor.a_step_on
    await asyncio.sleep(draws.uniform(0, ramp))
    openings.append(await visitor.open())
    over = time.perf_counter() + seconds
    while time.perf_counter() < over:
        await asyncio.sleep(draws.uniform(0.5, 1.5) * PAUSE)
        reruns.append(await visitor.change(*move(draws.choice(sliders), draws)))


async def attend(visitors, sliders, far, ramp, seconds):
    openings, reruns = [], []
    everyone = (
        take_part(visitor, random.Random(seed), sliders, far, ramp, seconds, openings, reruns)
        for seed, visitor in enumerate(visitors)
    )
    failed = [fault for fault in await asyncio.gather(*everyone, return_exceptions=True) if fault]
    return openings, reruns, [*map(repr, failed), *(error for visitor in visitors for error in visitor.errors)]


def row(name, times):
    slowest = sorted(times)[-max(1, len(times) // 20)]
    return f"{name:10}{len(times):8}{statistics.median(times):10.2f}{slowest:18.2f}{max(times):10.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=60, help="visitors")
    parser.add_argument("--seconds", type=float, default=120, help="how long they play")
    parser.add_argument("--processes", type=int, default=1, help="servers that share the visitors")
    parser.add_argument("--slider", choices=SLIDERS, action="append", help="what they move: any, unless it is said")
    parser.add_argument("--far", action="store_true", help="to any place of it, instead of by a step")
    parser.add_argument("--section", help="what all ask for at the same moment, as the link names it")
    wanted = parser.parse_args()
    link = {"section": wanted.section} if wanted.section else {}
    ramp, seconds = (0, 0) if link else (30, wanted.seconds)
    with tempfile.TemporaryFile("w+") as log, contextlib.ExitStack() as stack:
        ports = [free_port() for _ in range(wanted.processes)]
        servers = [stack.enter_context(serving(port, output=log)) for port in ports]
        before, idle = sum(map(resident, servers)), sum(map(worked, servers))
        visitors = [Visitor(f"http://127.0.0.1:{ports[k % len(ports)]}/", link) for k in range(wanted.n)]
        visits = attend(visitors, wanted.slider or SLIDERS, wanted.far, ramp, seconds)
        openings, reruns, errors = asyncio.run(visits)
        after, work = sum(map(resident, servers)), sum(map(worked, servers)) - idle
        log.seek(0)
        errors += re.findall(r"^.*[Uu]ncaught.*(?:\n.*)*", log.read(), flags=re.MULTILINE)
    print(f"{wanted.n} visitors, {link.get('section', 'the first screen')}; load average {os.getloadavg()[0]:.1f}\n")
    print(f"{'seconds':10}{'times':>8}{'median':>10}{'slowest twentieth':>18}{'slowest':>10}")
    print(row("opening", openings))
    if reruns:
        print(row("change", reruns))
    runs = len(openings + reruns)
    print(f"\nmemory: {before:.0f} MiB before, {after:.0f} after; processor: {1000 * work / runs:.0f} ms for each run")
    print(f"errors: {len(errors)}", *errors[:5], sep="\n")
    return bool(errors)


if __name__ == "__main__":
    raise SystemExit(main())
