"""Benchmark records for the tests of reports/bench: as a small machine would give them, the same every time."""

import copy
import datetime
import random
import re

from reports.bench import history, model
from suites.selfcheck.reports.sample_run import KERNEL, SUITE

VERSIONS = {"v1": 1.00e6, "v2": 1.15e6, "v3": 1.85e6}  # frames/s at 64 bytes
QUALITY = {"mark": "good", "reasons": []}
STEAL = {"mark": "fair", "reasons": ["steal time 3.1 %"]}
STARTED = "2026-11-22T03:10:00+00:00"


def rounds(chance, rate, size=64, count=9, lost=0.0):
    """Give rounds of about `rate` frames/s."""
    made = []
    for _ in range(count):
        offered = 131072
        dropped = int(offered * lost)
        seconds = (offered - dropped) / (rate * chance.gauss(1, 0.02))
        cpu = {"receiver": 0.4 * seconds, "sender": 0.9 * seconds}
        made.append(
            {"seconds": seconds, "frames": offered - dropped, "bytes": (offered - dropped) * size, "offered": offered}
            | {"dropped": dropped, "calls": 812, "cpu": cpu, "control": 0.0101}
        )
    return made


def result(name, kind="rate", **changes):
    """Give a result; its subject stands before the slash, `changes` are made to it."""
    subject = name.partition("/")[0]
    made = {"id": name, "subject": subject, "statement": f"What {subject} comes to.", "kind": kind, "params": {}}
    return made | {"rounds": [], "valid": True, "why": "", "quality": QUALITY, "extra": {}} | changes


def rates(chance):
    """Give rates by version, size, bypass, fanout, option and ring size."""
    for version, speed in VERSIONS.items():
        for size in (64, 512, 1514, 9014):
            rate = speed / (1 + size / 6000)
            params = {"version": version, "size": size}
            name, load = f"receive/ring[{size}-{version}]", {"offered_rate": 1.01 * rate}
            yield result(name, params=params, rounds=rounds(chance, rate, size, lost=0.01), extra=load)
            for bypass in (False, True):
                name = f"send/ring[{version}-{size}-{'bypass' if bypass else 'qdisc'}]"
                sent = rounds(chance, rate * (0.75 if bypass else 0.6), size)
                yield result(name, params={**params, "bypass": bypass}, rounds=sent)
        name = f"receive/ring_on_loopback[{version}]"
        yield result(name, params={"version": version}, rounds=rounds(chance, speed * 0.8))
    for size in (64, 1514):
        params = {"call": "recvmmsg", "size": size}
        yield result(f"receive/call[recvmmsg-{size}]", params=params, rounds=rounds(chance, 5.2e5, size))
    for mode in ("lb", "hash", "cpu"):
        for members in (1, 2, 4):
            params, extra = {"mode": mode, "members": members}, {"members": [131072 // members] * members}
            shared = rounds(chance, 9e5 * (1 + 0.1 * members))
            yield result(f"fanout/rings[{mode}-{members}]", params=params, extra=extra, rounds=shared)
    for option, cost in {"none": 1, "vnet-hdr": 0.95, "timestamp": 0.93}.items():
        params = {"version": "v2", "option": option}
        yield result(f"options/ring[v2-{option}]", params=params, rounds=rounds(chance, 1.1e6 * cost))
    for kib in (64, 1024, 65536):
        params = {"version": "v3", "kib": kib}
        yield result(f"geometry/size[v3-{kib}]", params=params, rounds=rounds(chance, 1.5e6 + kib))


def others(chance):
    """Give loss, latency and ratios, and a result that is invalid."""
    for version, most in VERSIONS.items():
        loads = [most * share for share in (0.5, 0.7, 0.9, 1, 1.1, 1.3)]
        steps = [{"offered": load, "loss": max(0, 1 - most * 0.9 / load), "seconds": 0.3} for load in loads]
        extra = {"steps": steps, "highest": loads[2], "limit": "receiver"}
        yield result(f"loss/ring[{version}-64]", "loss", params={"version": version, "size": 64}, extra=extra)
        middle = {"v1": 14, "v2": 12, "v3": 4000}[version]
        waits = sorted(round(middle * chance.lognormvariate(0, 0.35), 2) for _ in range(600))
        extra = {"microseconds": waits, "median": waits[300], "p99": waits[594], "worst": waits[-1]}
        yield result(f"wakeup/ring[{version}]", "latency", params={"version": version}, extra=extra)
        arms = {"ours": [0.2 * chance.gauss(1, 0.01) for _ in range(20)]}
        arms |= {name: [0.2 * slow * chance.gauss(1, 0.01) for _ in range(20)] for name, slow in OTHERS.items()}
        extra = {"arms": arms, "frames": 200_000, "ratios": {n: [s, s - 0.01, s + 0.01] for n, s in OTHERS.items()}}
        extra["skipped"] = {"tcpreplay": "install tcpreplay"}
        yield result(f"reference/send[{version}]", "ratio", params={"version": version}, extra=extra)
    why = "2 of 9 rounds do not add up: offered 131072, received 131000, dropped 0"
    bad = {"params": {"call": "recvmsg", "size": 64}, "rounds": rounds(chance, 3.21e5), "valid": False, "why": why}
    yield result("receive/call[recvmsg-64]", **bad)


OTHERS = {"c": 0.985, "trafgen": 1.04, "scapy": 52.0}


def session(target="host", boot=0, speed=1.0, quality=QUALITY, seed=1, **changes):
    """Give a session of all results; what `speed` is not 1 for is that much faster."""
    chance = random.Random(seed * 100 + boot)
    results = [*rates(chance), *others(chance)]
    for item in results:
        for one in item["rounds"]:
            one["seconds"] /= speed
    made = {"target": target, "boot": boot, "kernel": KERNEL, "started": STARTED, "seconds": 93.1}
    return made | {"quality": quality, "results": results, "problem": "", **changes}


def comparison(name, verdict, ratio, text, confirmed=None):
    """Give one comparison of the host with an earlier run."""
    sides = {"a": "host 6.17 (2026-11-21 03:10 UTC)", "b": "host 6.18", "sessions": [3, 3]}
    return {
        "id": name,
        **sides,
        "ratio": ratio,
        "floor": 0.012,
        "verdict": verdict,
        "text": text,
        "confirmed": confirmed,
    }


COMPARISONS = [
    comparison("receive/ring[512-v2]", "same", [0.998, 0.99, 1.006], "no difference above the floor of 1.2 %"),
    comparison("receive/ring[64-v3]", "slower", [0.902, 0.886, 0.919], "slower by 9.8 % (8.1 to 11.4 %)", True),
    comparison("send/ring[v3-64-bypass]", "faster", [1.05, 1.04, 1.061], "faster by 5.0 % (4.0 to 6.1 %)"),
    comparison("wakeup/ring[v2]", "cannot tell", [0.97, 0.9, 1.05], "cannot tell: slower by 3.0 %, the floor is 1.2 %"),
]


def record(sessions=None, **changes):
    """Give the object of bench.json."""
    if sessions is None:
        sessions = [session(boot=0), session(boot=1), session(boot=2, quality=STEAL)]
    made = {"format": 1, "suite": SUITE, "started": STARTED, "finished": "2026-11-22T03:15:00+00:00"}
    made |= {"selection": "default", "command": ["sockproof", "bench"], "sessions": sessions, "comparisons": []}
    return copy.deepcopy(made | changes)


def only(*results, **changes):
    """Give the record of one session with these results."""
    return record([session(results=list(results))], **changes)


def pictures(text):
    """Give the pictures of a page."""
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


def nights(number=24, targets=("host",)):
    """Give the history of so many nights: on the last third the kernel is newer and V3 receives more slowly."""
    found = []
    for night in range(number):
        slow = night >= number * 2 // 3
        sessions = [session(target, speed=0.9 if slow else 1.0, seed=night + 7) for target in targets]
        for each in sessions:
            each["kernel"] = KERNEL | {"release": "6.18.3" if slow else "6.17.9"}
        flagged = COMPARISONS if night in (number * 2 // 3, number - 1) else []
        when = (datetime.datetime.fromisoformat(STARTED) - datetime.timedelta(days=number - night)).isoformat()
        found.append(history.summary(model.from_dict(record(sessions, started=when, comparisons=flagged))))
    return found
