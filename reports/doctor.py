"""The command `sockproof doctor`: what the suite can prove on this machine, what not and why, and what to change."""

import platform as machine
import sys
from collections.abc import Sequence
from functools import partial

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from helpers import isolation, kernel, preflight, process, signals
from reports.printing import printed, say
from reports.wording import printable

WIDTH = 100

# everything, by the tools that start containers; the image is that of examples/
CONTAINERS = (
    (
        "docker",
        "docker run --rm --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_RESOURCE --cap-add SYSLOG "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined "
        "--device /dev/net/tun --device /dev/kmsg IMAGE",
    ),
    (
        "podman",
        "sudo podman run --rm --cap-add SYS_ADMIN,NET_ADMIN,NET_RAW,MKNOD,AUDIT_WRITE,SYS_RESOURCE,SYSLOG "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt label=disable "
        "--security-opt unmask=ALL --device /dev/net/tun --device /dev/kmsg IMAGE",
    ),
    ("Kubernetes", "securityContext: {privileged: true, runAsUser: 0}    # with hostUsers left true"),
)


def _look() -> tuple[str, str, list[preflight.Lack]]:
    """Enter private namespaces as a run does; return why not (or ""), what the kernel runs on, and what is missing."""
    signals.put_right()
    try:
        isolation.enter()
    except isolation.CannotRunError as refusal:
        return str(refusal), kernel.runs_on(), []
    return "", kernel.runs_on(), preflight.check()


def _table(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(Text(printable(name)), Text(printable(text)))
    return table


def show(refusal: str, platform: str, lacks: Sequence[preflight.Lack], console: Console) -> None:
    """Print what was found: what is there, what is missing, what to change."""
    missing = {lack.name for lack in lacks}
    refused = refusal or next((lack.line() for lack in lacks if lack.level == preflight.REFUSE), "")
    console.print(Text(f"Linux {machine.release()}, {platform}"))
    if refused:
        console.print(Text(printable(f"Nothing can be proven here: {refused}"), style="bold red"))
    else:
        there = [need.name for need in preflight.NEEDS if need.name not in missing]
        console.print(Text(f"This machine can be proven. Here are: {', '.join(there)}.", style="green"))
    skipped = [lack for lack in lacks if lack.level == preflight.SKIP]
    if skipped:
        console.print(Text("\nSkipped with the reason, as this machine cannot show it:"))
        for lack in skipped:
            rows = [("found", lack.found), ("skipped", lack.without), ("to change", lack.advice)]
            console.print(Text(printable(lack.name), style="yellow"))
            console.print(_table([(f"  {name}", text) for name, text in rows]))
    if refused or skipped:
        console.print(Text("\nA container in which everything can be proven is started so:"))
        for name, line in CONTAINERS:
            console.print(Text(f"  {name:11}{line}"), soft_wrap=True)


@click.command("doctor")
def command() -> None:
    """Tell what can be proven on this machine, what will be skipped and why, and what to change.

    The exit status is 4 if a run would refuse this machine, else 0.
    """
    refusal, platform, lacks = process.in_child(_look, seconds=60)
    terminal = sys.stdout.isatty()
    say(printed(partial(show, refusal, platform, lacks), width=WIDTH, colour=terminal))
    if refusal or any(lack.level == preflight.REFUSE for lack in lacks):
        sys.exit(4)
