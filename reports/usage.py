"""How `sockproof` explains and refuses: help that is not cut, the options of `run`, problems in one line."""

import shutil
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from reports.wording import printable

WIDTH = 100  # columns of a help text, at most

# What "sockproof run" hands on; pytest has many more.
RUN_OPTIONS = (
    ("--target=NAME", "Prove this kernel instead of this machine's (again for more): see 'sockproof targets list'."),
    ("--targets NAME…", "The same for several, up to the next option."),
    ("--at-once=N", "How many targets run at the same time (default: as many as memory and processors bear)."),
    ("--record=DIR", "Where the run is recorded (default: a folder of its own in reports/out)."),
    ("--keep-runs=N", "How many runs of the whole suite are kept in reports/out, and how many others (default: 20)."),
    ("--expectations=PATH", "File or folder of recorded deviations (again for more; default: suites/expectations)."),
    ("--runxfail", "Regard no recorded deviations."),
    ("--strict-environment", "A skip is an error: this machine is meant to show everything."),
    ("--slow-factor=X", "How many times slower than an ordinary machine this kernel is (default: measured)."),
    ("--lies=FILE", "Run under lying kernels and write what was caught to FILE; --only-lies=I/N: every N-th, from I."),
    ("--catalogue=FILE", "Write every collected clause to FILE as JSON."),
    ("-n N", "Workers (default: auto, two for each CPU); 0: none, as for a debugger."),
    ("-k EXPR, -m EXPR", "Select by name, by mark (-m race: the races)."),
    ("-x, --lf, --maxfail=N", "Stop at the first that breaks; only what broke last; stop at the N-th."),
)


class Problem(click.ClickException):
    """What the user can mend: one line, exit status 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the line to standard error."""
        click.echo(f"sockproof: {_line(self.format_message())}", file=file or sys.stderr)


def note(text: str) -> None:
    """Print a line to standard error: what the user should know beside the answer."""
    click.echo(f"sockproof: {_line(text)}", err=True)


def _line(text: str) -> str:
    return printable(text.replace("\n", " "))


def settings() -> dict[str, Any]:
    """Give the settings of every command: help as wide as the terminal, where there is none as wide as it may be."""
    wide = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    return {"help_option_names": ["-h", "--help"], "terminal_width": min(wide, WIDTH)}


class Group(click.Group):
    """Commands, each with the whole first sentence of its help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_sentence(self.commands[name])) for name in self.list_commands(ctx)])


class RunCommand(click.Command):
    """The command `run`, whose options are pytest's to read."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options that it hands on, then its own."""
        with formatter.section("Options that go to pytest ('pytest --help' has all)"):
            formatter.write_dl(list(RUN_OPTIONS))
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete an option, or a path."""
        if not incomplete.startswith("-"):
            return [CompletionItem(incomplete, type="file")]
        words = [word.partition("=") for terms, _ in RUN_OPTIONS for word in terms.split() if word.startswith("-")]
        options = [name + equals for name, equals, _ in words]
        return [CompletionItem(word.strip(",")) for word in options if word.startswith(incomplete)]


def _first_sentence(command: click.Command) -> str:
    words = " ".join((command.help or "").partition("\n\n")[0].split())
    return words.split(". ")[0].removesuffix(".")
