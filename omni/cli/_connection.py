"""From options to a client, from a write to its confirmation, and from errors to exit codes."""

import os
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib.util import find_spec
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from omni.cli._messages import USED_KEY, describe, translate
from omni.cli._options import Options, drop_unset
from omni.cli._output import OutputError, clean, clean_lines, print_line
from omni.cli._profiles import Credentials, resolve_credentials
from omni.errors import AuthenticationError, NotFoundError, OmniError, OutcomeUnknownError, UsageError
from omni.settings import BASE_URL, Settings

if TYPE_CHECKING:
    import omni

T = TypeVar("T")


class Failure(click.ClickException):
    """A sentence for stderr, and the exit code."""

    exit_code = 1

    @staticmethod
    def of(error: OmniError) -> "Failure":
        """The failure that an error of the library ends in; its text names the repair and shows no secret."""
        failure = next((failure for kind, failure in _FAILURES if isinstance(error, kind)), Failure)
        return failure(describe(error))

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {clean_lines(self.message)}", file=file, err=True)


class UsageFailure(Failure):
    """Nothing was sent: an option, an id or an address cannot be used."""

    exit_code = 2


class NotFoundFailure(Failure):
    """The workspace of the key has no such lead or document."""

    exit_code = 3


class KeyFailure(Failure):
    """The key is missing or wrong."""

    exit_code = 4


class OutcomeUnknownFailure(Failure):
    """A write was sent, and may or may not have happened."""

    exit_code = 5


_SANDBOX_NOTE = "note: This sandbox ends with the command, and so does the change; `omni sandbox` keeps one."

_FAILURES: tuple[tuple[type[OmniError], type[Failure]], ...] = (
    (OutcomeUnknownError, OutcomeUnknownFailure),  # before all others: whatever else it is, nobody may just repeat it
    (UsageError, UsageFailure),
    (NotFoundError, NotFoundFailure),
    (AuthenticationError, KeyFailure),
)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Show a warning without the place in the code that Python's own way shows."""
    click.echo(f"warning: {clean(translate(str(message)))}", err=True)


class Command(click.Command):
    """A command that ends in a sentence and an exit code, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except OmniError as error:
            raise Failure.of(error) from error
        except BrokenPipeError:
            raise
        except OutputError as error:
            raise Failure(f"The output cannot be written: {error.strerror}.") from error
        except OSError as error:
            raise Failure(f"The system refused: {error.strerror or type(error).__name__}.") from error


class Group(click.Group):
    """A group of such commands; an unknown one ends in what was probably meant."""

    command_class = Command
    group_class = type

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _orderly_end():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _orderly_end():
            return super().invoke(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] not in self.commands and not args[0].startswith("-"):
            from omni.cli._suggestions import suggest

            root = ctx.find_root().command
            meant = suggest(root, ctx.command_path.split()[1:], args)
            raise click.UsageError(f"No such command {args[0]!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)


@contextmanager
def _orderly_end() -> Generator[None, None, None]:
    """End quietly on Ctrl-C and when the reader of a pipe has seen enough; show nothing of the arguments that hides."""
    try:
        yield
    except click.UsageError as error:
        # click before 8.2 repeats an unknown option as it is; for type checkers, its message is final.
        vars(error)["message"] = clean_lines(error.message)
        raise
    except BrokenPipeError:
        _discard_output()
        raise click.exceptions.Exit(0) from None
    except (KeyboardInterrupt, click.Abort):  # the latter at a prompt
        end_interrupted_line()
        raise click.exceptions.Exit(130) from None


def end_interrupted_line() -> None:
    """Let what follows begin on a line of its own: the terminal has ^C on this one."""
    if sys.stderr.isatty():
        click.echo(err=True)


def _discard_output() -> None:
    """Let Python find a device that takes what is still in its buffers when it ends."""
    with suppress(OSError):  # a stream that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def connect(options: Options) -> Generator["omni.Client", None, None]:
    """A client of the API, or of a sandbox that lives as long as the client."""
    import omni

    limits = drop_unset(timeout=options.timeout, max_response_bytes=options.max_response_bytes)
    if not options.sandbox:
        credentials = resolve_credentials(options)
        check_key(credentials)
        click.get_current_context().meta[USED_KEY] = credentials.api_key
        with omni.Client(api_key=credentials.api_key, base_url=credentials.base_url, **limits) as client:
            yield client
        return

    from ssl import PROTOCOL_TLS_CLIENT, SSLContext

    import httpx

    # A proxy of the environment cannot reach a port of this machine, and there is no TLS that would need certificates.
    direct = httpx.HTTPTransport(verify=SSLContext(PROTOCOL_TLS_CLIENT), trust_env=False)
    with (
        load_sandbox().running() as served,
        omni.Client(api_key=served.api_key, base_url=served.base_url, transport=direct, **limits) as client,
    ):
        yield client


def check_key(credentials: Credentials) -> None:
    """Raise KeyFailure if there is no key, or one that cannot be sent."""
    if credentials.api_key:  # it was checked when the profile was saved
        return
    if not os.environ.get("OMNI_API_KEY"):
        raise KeyFailure("No API key: set OMNI_API_KEY to the one in your workspace settings, or try --sandbox.")
    try:
        Settings.resolve(base_url=BASE_URL)
    except UsageError as error:
        raise KeyFailure(f"OMNI_API_KEY cannot be used. {translate(str(error))}") from error


def load_sandbox() -> ModuleType:
    """The module of the sandbox; Failure says how to install what it needs."""
    if not (find_spec("starlette") and find_spec("uvicorn")):
        raise Failure("The sandbox needs more packages: pip install 'omniai-leads[sandbox]'.")
    from omni import sandbox

    return sandbox


def send_write(options: Options, write: Callable[["omni.Client"], T], *, question: str = "") -> T:
    """The response to a write; the command ends after a dry run, or if the question is denied.

    A question is asked where the person is contacted or their consent affected, once all checks of the request have
    passed. Sandbox leads are fictional, so there is no confirmation prompt.
    """
    must_ask = bool(question) and not (options.yes or options.sandbox)
    if options.dry_run or must_ask:
        from omni.cli._dry_run import as_curl, capture_requests

        requests = capture_requests(options, write)
        if options.dry_run:
            print_line("\n".join(map(as_curl, requests)))
            click.get_current_context().exit()
    with connect(options) as client:
        if must_ask:
            confirm(question, "Nothing was sent.")
        response = write(client)
    if options.sandbox:
        click.echo(_SANDBOX_NOTE, err=True)
    return response


def confirm(question: str, if_denied: str) -> None:
    """Ask on stderr; end the command if the question is denied, or if there is nobody to ask."""
    if not sys.stdin.isatty():
        raise UsageFailure(f"{question} There is no terminal to ask on: if that is meant, add --yes.")
    with redirect_stdout(sys.stderr):  # click before 8.4 writes a blank of the question to stdout: pallets/click#2018
        is_confirmed = click.confirm(f"{question} Go on?", err=True)
    if not is_confirmed:
        raise Failure(if_denied)
