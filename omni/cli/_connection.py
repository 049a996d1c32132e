"""From options to a client, and from errors to exit codes."""

import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

import click

from omni.cli._messages import in_our_words, remember_command, told
from omni.cli._options import Options, given
from omni.cli._plain import OutputError
from omni.errors import AuthenticationError, NotFoundError, OmniError, OutcomeUnknownError, UsageError
from omni.settings import BASE_URL, Settings

if TYPE_CHECKING:
    import omni


class Failure(click.ClickException):
    """One sentence for stderr, and the exit code."""

    exit_code = 1

    @staticmethod
    def of(error: OmniError) -> "Failure":
        """The failure that an error of the library ends in; its text names the repair and shows no secret."""
        failure = next((failure for kind, failure in _FAILURES if isinstance(error, kind)), Failure)
        return failure(told(error))

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {self.message}", file=file, err=True)


class WrongCall(Failure):
    """Nothing was sent: an option, an id or an address cannot be used."""

    exit_code = 2


class NoSuchThing(Failure):
    """The workspace of the key has no such lead or document."""

    exit_code = 3


class KeyProblem(Failure):
    """The key is missing or wrong."""

    exit_code = 4


class OutcomeUnknown(Failure):
    """A write was sent, and nobody can tell whether it happened."""

    exit_code = 5


_FAILURES: tuple[tuple[type[OmniError], type[Failure]], ...] = (
    (OutcomeUnknownError, OutcomeUnknown),  # before all others: whatever else it is, nobody may just repeat it
    (UsageError, WrongCall),
    (NotFoundError, NoSuchThing),
    (AuthenticationError, KeyProblem),
)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Show a warning without the place in our code that Python's own way shows."""
    click.echo(f"warning: {in_our_words(str(message))}", err=True)


class ReportingGroup(click.Group):
    """A group whose commands end in a sentence and an exit code, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except OmniError as error:
            raise Failure.of(error) from error
        except BrokenPipeError:
            raise  # whoever reads has seen enough; click ends quietly
        except OutputError as error:
            raise Failure(f"The output cannot be written: {error.strerror}.") from error
        except OSError as error:
            raise Failure(f"The system refused: {error.strerror or type(error).__name__}.") from error
        except (KeyboardInterrupt, click.Abort):  # the latter where a question was asked
            ctx.exit(130)


@contextmanager
def connected(options: Options) -> Generator["omni.Client", None, None]:
    """A client of the API, or of a sandbox that lives as long as the client."""
    import omni

    remember_command()
    limits = given(timeout=options.timeout, max_response_bytes=options.max_response_bytes)
    if not options.sandbox:
        checked_key()
        with omni.Client(base_url=options.base_url, **limits) as client:
            yield client
        return

    import httpx

    direct = httpx.HTTPTransport(trust_env=False)  # a proxy of the environment cannot reach a port of this machine
    with (
        the_sandbox().running() as found,
        omni.Client(api_key=found.api_key, base_url=found.base_url, transport=direct, **limits) as client,
    ):
        yield client


def checked_key() -> None:
    """Refuse to go on without a key that can be sent."""
    if not os.environ.get("OMNI_API_KEY"):
        raise KeyProblem("No API key: set OMNI_API_KEY to the one in your workspace settings, or try --sandbox.")
    try:
        Settings.resolve(base_url=BASE_URL)
    except UsageError as error:
        raise KeyProblem(f"OMNI_API_KEY cannot be used. {in_our_words(str(error))}") from error


def the_sandbox() -> ModuleType:
    """The module of the sandbox, or how to install what it needs."""
    if not (find_spec("starlette") and find_spec("uvicorn")):
        raise Failure("The sandbox needs more packages: pip install 'omniai-leads[sandbox]'.")
    from omni import sandbox

    return sandbox
