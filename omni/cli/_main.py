"""The group ``omni`` and its commands.

Rule of this package: ``omni --help`` is fast, so rich, the client and the sandbox are imported by the command that
needs them; and so are commands themselves.
"""

from collections import UserDict
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from omni._operations.contract import contract
from omni.cli._connection import Command, Failure, Group, end_interrupted_line, load_sandbox
from omni.cli._options import SANDBOX_HELP, Options, completes, drop_unset, example
from omni.cli._output import clean
from omni.cli._profiles import complete_profiles
from omni.settings import TIMEOUT

_EXIT_CODES = """

\b
Exit codes:
  0    success
  1    the API refused or did not respond, or something else failed
  2    wrong usage: an option, an id, an address
  3    no such lead or document
  4    the API key is missing or wrong
  5    a write was sent, and may or may not have happened
  130  stopped by Ctrl-C
"""

_EPILOG = example("omni --sandbox lead show a9d0a790-201b-47e9-84ed-cc7eed1270c5") + _EXIT_CODES

_MODULES = {
    "lead": "_lead",
    "document": "_lead",
    "analytics": "_analytics",
    "webhook": "_webhook",
    "doctor": "_setup",
    "config": "_setup",
    "completion": "_setup",
    "drift": "_drift",
}
"""The modules of commands, each of which is named like its variable."""


class _Commands(UserDict[str, Any]):
    """Commands by name; each is imported when it is first asked for."""

    def __getitem__(self, name: str) -> Any:
        if isinstance(module := self.data[name], str):
            self.data[name] = getattr(import_module(f"omni.cli.{module}"), name)
        return self.data[name]


@click.group(
    "omni",
    cls=Group,
    commands=_Commands(_MODULES),
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--sandbox", is_flag=True, help=SANDBOX_HELP)
@click.option("--base-url", metavar="URL", help="Address of the API, instead of OMNI_BASE_URL.")
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=complete_profiles,
    help="Key and address that `omni config` saved; else OMNI_PROFILE.",
)
@click.option("--timeout", type=float, metavar="SECONDS", default=TIMEOUT, show_default=True, help="Limit of a call.")
@click.option("--max-response-bytes", type=float, metavar="BYTES", help="Size limit of a response that is no file.")
@click.option("--no-pager", is_flag=True, help="Print long output at once; PAGER is the pager, else less.")
@click.option("--verbose", is_flag=True, help="Show each attempt of a request on stderr: path, status, seconds.")
@click.version_option(package_name="omniai-leads", prog_name="omni")
@click.pass_context
def omni_command(
    context: click.Context,
    sandbox: bool,
    base_url: str | None,
    profile: str | None,
    timeout: float,
    max_response_bytes: float | None,
    verbose: bool,
    no_pager: bool,
) -> None:
    """Leads of OmniAI, their checklists and documents.

    The API key comes from the environment variable OMNI_API_KEY, or from a
    profile. In tab-separated lines, text that a spreadsheet would run as a
    formula begins with a '.
    """
    if verbose:
        from omni.cli._setup._verbose import shown_attempts

        context.with_resource(shown_attempts())
    context.obj = Options(sandbox, base_url, timeout, max_response_bytes, profile=profile)


@omni_command.command("sandbox", cls=Command, epilog=example("omni sandbox --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, and name to respond to.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 is any free one.")
@click.option("--webhook", metavar="URL", multiple=True, help="Send webhooks there (repeatable).")
@click.option(
    "--webhook-events",
    metavar="NAMES",
    help="Send only these, with commas between them.",
    **completes(contract()["webhooks"], separator=","),
)
@click.option(
    "--webhook-secret",
    metavar="TEXT",
    envvar="OMNI_WEBHOOK_SECRET",
    help="Send it in X-Webhook-Secret; OMNI_WEBHOOK_SECRET keeps it out of the list of processes.",
)
def sandbox_command(
    host: str, port: int, webhook: tuple[str, ...], webhook_events: str | None, webhook_secret: str | None
) -> None:
    """Serve a local API with fictional leads, until Ctrl-C."""
    if not host:
        raise click.BadParameter("it is empty, which would be every address of this machine.", param_hint="--host")
    options = _webhook_options(webhook, webhook_events, webhook_secret)
    try:
        load_sandbox().serve(host, port, **options)
        end_interrupted_line()
    except ValueError as error:
        raise click.UsageError(clean(str(error))) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"{clean(error.strerror or type(error).__name__)}.") from error


def _webhook_options(urls: tuple[str, ...], events: str | None, secret: str | None) -> dict[str, Any]:
    if urls:
        names = None if events is None else [name.strip() for name in events.split(",")]
        return drop_unset(webhook=urls, webhook_events=names, webhook_secret=secret)
    # The variable may be set for another program.
    source = click.get_current_context().get_parameter_source("webhook_secret")
    if events is not None or source is ParameterSource.COMMANDLINE:
        raise click.UsageError("There is no URL to send webhooks to: add --webhook URL.")
    return {}
