"""Figures of warm processes: each row has a Python of its own, and they take turns in small blocks."""

import subprocess
import sys
from typing import Self

BLOCKING = """
import concurrent.futures, statistics, sys, time
URL, CODE = sys.argv[1:]
exec(CODE)

def timed():
    start = time.perf_counter()
    call()
    return time.perf_counter() - start

for line in sys.stdin:
    number, at_once = map(int, line.split())
    if at_once == 1:
        print(statistics.median(timed() for _ in range(number)), flush=True)
        continue
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        start = time.perf_counter()
        for future in [pool.submit(call) for _ in range(number)]:
            future.result()
        print(time.perf_counter() - start, flush=True)
"""
AWAITED = """
import ast, asyncio, inspect, statistics, sys, time
URL, CODE = sys.argv[1:]

async def timed():
    start = time.perf_counter()
    await call()
    return time.perf_counter() - start

async def worker(numbers):
    for _ in numbers:
        await call()

async def main():
    result = eval(compile(CODE, "row", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), globals())
    if inspect.iscoroutine(result):
        await result
    for line in sys.stdin:
        number, at_once = map(int, line.split())
        if at_once == 1:
            print(statistics.median([await timed() for _ in range(number)]), flush=True)
            continue
        numbers, start = iter(range(number)), time.perf_counter()
        await asyncio.gather(*(worker(numbers) for _ in range(at_once)))
        print(time.perf_counter() - start, flush=True)

asyncio.run(main())
"""


class Warm:
    """A Python process that has a client, and calls it on request."""

    def __init__(self, driver: str, url: str, code: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", driver, url, code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def time_call(self, number: int) -> float:
        """Seconds of one call: the median of a number of calls, one after the other."""
        return self._ask(number, 1)

    def time_concurrent(self, number: int, at_once: int) -> float:
        """Seconds of a number of calls, with ``at_once`` of them in flight."""
        return self._ask(number, at_once)

    def _ask(self, number: int, at_once: int) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number} {at_once}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.communicate()
