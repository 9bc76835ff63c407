"""Puts the commands together, and says every failure in one line."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from typer._click.exceptions import ClickException

import lingxi
from lingxi import registry
from lingxi.domain.errors import Invalid, LingxiError, Unavailable, Unknown

FAILED: Final = 1
WRONG_USE: Final = 2
UNAVAILABLE: Final = 3
INTERRUPTED: Final = 130

cli = typer.Typer(
    name="lingxi",
    help="Lingxi 灵犀: the recommender that a shop runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    suggest_commands=True,
    rich_markup_mode="markdown",
    epilog="Examples: `lingxi init` · `lingxi import completejourney` · `lingxi serve` · `lingxi train`",
)


@cli.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        typer.echo(lingxi.__version__)
        raise typer.Exit


def assemble() -> typer.Typer:
    """The command line with every command in this folder."""
    if not cli.registered_commands and not cli.registered_groups:
        for name in registry.names("cli"):
            if name != "main":
                registry.load("cli", name, "register")(cli)
    return cli


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and leaves with its exit code: 0, 1 failed, 2 wrong use, 3 try again later, 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    code = run(arguments)
    sys.stdout.flush()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code."""
    try:
        answer = typer.main.get_command(assemble()).main(
            args=None if arguments is None else list(arguments), prog_name="lingxi", standalone_mode=False
        )
    except ClickException as error:
        return _say(error.format_message(), WRONG_USE)
    except LingxiError as error:
        return _say(str(error), _code(error))
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if os.environ.get("LINGXI_TRACE"):
            raise
        return _say(f"unexpected: {type(error).__name__}: {error}; set LINGXI_TRACE=1 to see where", FAILED)
    return answer if isinstance(answer, int) else 0


def _code(error: LingxiError) -> int:
    if isinstance(error, (Invalid, Unknown)):
        return WRONG_USE
    return UNAVAILABLE if isinstance(error, Unavailable) else FAILED


def _say(what: str, code: int) -> int:
    """One line on stderr."""
    if what:
        print("lingxi:", " ".join(what.split()), file=sys.stderr)
    return code
