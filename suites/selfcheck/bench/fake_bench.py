"""A benchmark's session without a benchmark: prints the lines that one prints, or fails as one can.

``python fake_bench.py '{"do": "good", …}'``: *speeds* are frames/s by result id, *boot* moves all of them a little,
*invalid* are ids; *do*: good, dies, hangs, mute, torn, fails or late (an endless session that ends in order).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

KERNEL = {"release": "6.18.3", "machine": "x86_64", "cpus": 2, "platform": "VM", "privileges": "root"}
QUALITY = {"mark": "good", "reasons": []}
ROUNDS, SECONDS = 12, 0.1
NAME = "receive/ring[v3-64]"


def tell(kind: str, record: object) -> None:
    """Print a line of the record."""
    print(f"SOCKPROOF-BENCH{kind} {json.dumps(record)}", flush=True)


def rounds_of(rate: float, generator: random.Random) -> list[dict]:
    """Return rounds of about so many frames/s; what disturbs a round makes it slower."""
    found = []
    for _ in range(ROUNDS):
        frames = 10_000
        seconds = frames / rate * (1 + abs(generator.gauss(0, 0.01)))
        cpu = {"receiver": 0.2 * seconds, "sender": 0.3 * seconds}
        found.append({"seconds": seconds, "frames": frames, "bytes": 64 * frames, "offered": frames, "dropped": 0})
        found[-1] |= {"calls": 40, "cpu": cpu, "control": 0.001}
    return found


def result(name: str, rate: float, generator: random.Random, invalid: bool = False) -> dict:
    """Return the record of a rate."""
    file, _, function = name.partition("/")
    why = "2 of 12 rounds do not add up: offered 10, received 7, dropped 2" if invalid else ""
    return {
        "id": name,
        "subject": file,
        "statement": f"A {function} is fast.",
        "kind": "rate",
        "params": {"version": "v3"},
        "rounds": rounds_of(rate, generator),
        "valid": not invalid,
        "why": why,
        "quality": QUALITY,
        "extra": {},
    }


def run(do: str = "good", speeds: dict | None = None, boot: int = 0, invalid: tuple = (), **kernel: object) -> int:
    """Be a session; return the exit status."""
    speeds = speeds or {NAME: 1e6}
    generator = random.Random(f"{boot} {sorted(speeds)}")
    machine = 1 + generator.uniform(-0.003, 0.003)
    if do == "mute":
        print("no tests ran")
        return 0
    tell("-SESSION", {"kernel": KERNEL | kernel, "cases": len(speeds)})
    for name, rate in speeds.items():
        sys.stdout.write(".")
        tell("", result(name, rate * machine, generator, name in invalid))
        if do == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if do in ("hangs", "late"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN if do == "hangs" else signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN if do == "hangs" else signal.default_int_handler)
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # as a load's process
            tell("", {"id": "send/late", "problem": f"skipped: pid {os.getpid()}"})
            time.sleep(600)
        if do == "torn":
            print('SOCKPROOF-BENCH {"id": "send/ri', flush=True)
    if do == "fails":
        tell("", {"id": "send/broken", "problem": "failed: AssertionError: no frame came"})
    tell("-END", {"seconds": 1.0})
    return int(do == "fails")


if __name__ == "__main__":
    sys.exit(run(**json.loads(sys.argv[1])))
