"""Whether the server's memory levels off: one visitor who changes a run 2,000 times, then 300 who come and go.

    python -m tests.benchmarks.soak

It prints the curve of either, and by how much its last half grows; 5 % or more counts as a failure.
"""

import argparse
import asyncio
import random
import statistics

from tests.benchmarks.classroom import SLIDERS, resident
from tests.browser import free_port, serving
from tests.visitors import Visitor

POINTS = 20


async def change_often(address, times, look):
    """One visitor who moves one slider after the other."""
    draws, visitor = random.Random(1), Visitor(address)
    await visitor.open()
    for k in range(times):
        await visitor.change(*visitor.somewhere(draws.choice(SLIDERS), draws))
        look(k)
    await visitor.close()
    return visitor.errors


async def come_and_go(address, times, look):
    """Visitors who open the page, change one thing and leave."""
    draws, errors = random.Random(2), []
    for k in range(times):
        visitor = Visitor(address)
        await visitor.open()
        await visitor.change(*visitor.somewhere(draws.choice(SLIDERS), draws))
        await visitor.close()
        errors += visitor.errors
        look(k)
    return errors


def soak(deed, address, times, server):
    """Do something so many times; the memory on the way, MiB, and the errors."""
    curve = []

    def look(k):
        if (k + 1) % (times // POINTS) == 0:
            curve.append(resident(server))

    return curve, asyncio.run(deed(address, times, look))


def growth_of(curve):
    """By what share the straight line through a curve rises from its start to its end."""
    line = statistics.linear_regression(range(len(curve)), curve)
    return line.slope * (len(curve) - 1) / line.intercept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reruns", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=300)
    wanted = parser.parse_args()
    port, failed = free_port(), False
    with serving(port) as server:
        for deed, times in ((change_often, wanted.reruns), (come_and_go, wanted.sessions)):
            curve, errors = soak(deed, f"http://127.0.0.1:{port}/", times, server)
            growth = growth_of(curve[len(curve) // 2 :])
            failed |= growth >= 0.05 or bool(errors)
            print(f"{times} times: {deed.__doc__}\n")
            for k, memory in enumerate(curve, start=1):
                print(f"{k * times // POINTS:6}  {memory:5.0f} MiB  {'#' * round(60 * memory / max(curve))}")
            print(f"\nThe last half grows by {growth:.1%}; errors: {len(errors)}.\n", *errors[:5], sep="\n")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
