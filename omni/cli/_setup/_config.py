"""``omni config``: named keys and addresses."""

import re
import sys

import click

from omni.cli._connection import Group, KeyFailure
from omni.cli._options import example
from omni.cli._output import clean, print_json, print_line, print_rows
from omni.cli._profiles import (
    complete_profiles,
    iter_profiles,
    mask_key,
    profiles_path,
    remove_profile,
    save_profile,
)
from omni.errors import UsageError
from omni.settings import Settings


@click.group(cls=Group, epilog=example("omni config set staging --base-url https://staging.example.com < key.txt"))
def config() -> None:
    """Profiles: named keys, each with its address.

    --profile and OMNI_PROFILE choose one. They are in a file that only you can read. If the Python package keyring is
    installed, it keeps the keys.
    """


def _check_name(context: click.Context, parameter: click.Parameter, name: str) -> str:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise click.BadParameter("it must be letters, digits, dots, dashes and underscores, such as staging.")
    return name


@config.command("set", epilog=example("omni config set staging --base-url https://staging.example.com < key.txt"))
@click.argument("name", metavar="NAME", callback=_check_name, shell_complete=complete_profiles)
@click.option("--base-url", metavar="URL", help="Address of the API, instead of the live one.")
def set_profile(name: str, base_url: str | None) -> None:
    """Save a key and an address under a name, and print the name.

    The key is read from stdin, or asked for on a terminal. It is no option, since all users of a machine can see the
    options of its processes. A profile of that name is replaced.
    """
    if base_url is not None:
        Settings.resolve(api_key="unused", base_url=base_url)
    is_asked = sys.stdin.isatty()
    key = (click.prompt("API key", hide_input=True, err=True) if is_asked else sys.stdin.readline()).strip()
    try:
        Settings.resolve(api_key=key, base_url=base_url)
    except UsageError as error:
        raise KeyFailure("The key is empty, in quotes, or has spaces: give it as issued, on one line.") from error
    profile = save_profile(name, key, base_url)
    place = "the keyring" if profile.place == "keyring" else clean(profiles_path())
    click.echo(f"Saved for {profile.base_url}; the key {mask_key(key)} is in {place}.", err=True)
    print_line(name)


@config.command("list", epilog=example("omni config list"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_profiles(as_json: bool) -> None:
    """List the profiles.

    One line each, separated by tabs: name, last four characters of the key, where the key is, address.
    """
    columns = ("name", "key", "stored in", "address")
    rows = [(name, mask_key(profile.api_key), profile.place, profile.base_url) for name, profile in iter_profiles()]
    if as_json:
        print_json([dict(zip(("name", "key", "stored_in", "base_url"), row, strict=True)) for row in rows])
    else:
        print_rows(columns, rows, if_none="There are no profiles: add one with `omni config set NAME`.")


@config.command(epilog=example("omni config remove staging"))
@click.argument("name", metavar="NAME", shell_complete=complete_profiles)
def remove(name: str) -> None:
    """Remove a profile and its key, and print its name."""
    remove_profile(name)
    print_line(clean(name))
