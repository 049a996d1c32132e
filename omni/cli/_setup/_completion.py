"""``omni completion``: the script that lets a shell complete commands, options, values and file names."""

import click
from click.shell_completion import get_completion_class

from omni.cli._connection import Command
from omni.cli._options import example
from omni.cli._output import print_line

_INSTALL = """

\b
The line for the file that your shell reads when it starts:
  ~/.bashrc                   eval "$(omni completion bash)"
  ~/.zshrc                    eval "$(omni completion zsh)"
  ~/.config/fish/config.fish  omni completion fish | source
"""


@click.command(cls=Command, epilog=example("omni completion bash") + _INSTALL)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands in bash, zsh or fish.

    Values such as events and field types are completed too, and file names.
    """
    complete = get_completion_class(shell)
    assert complete is not None
    print_line(complete(context.find_root().command, {}, "omni", "_OMNI_COMPLETE").source())
