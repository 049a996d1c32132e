"""Profiles: named keys and addresses, in a file that only its owner can read; the keys in the keyring, if there is one.

Rule of this file: the key and the address of a profile are used together, so that no key is sent to the address of
another. Only ``--base-url``, which somebody typed, takes precedence.
"""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from omni._views.json_values import as_dict, is_a
from omni.cli._options import Options
from omni.errors import OmniError, UsageError
from omni.settings import BASE_URL

_SERVICE = "omni"
"""What the keyring files the keys under."""


class Profile(NamedTuple):
    """A named key and address."""

    api_key: str
    base_url: str
    place: str
    """Where the key is: ``file`` or ``keyring``."""


class Credentials(NamedTuple):
    """A key and an address for a client; None is what the environment has."""

    api_key: str | None
    base_url: str | None
    profile: str | None
    """The name of the profile that they are from."""


def resolve_credentials(options: Options) -> Credentials:
    """The credentials of ``--profile``, else those of the environment, else those of ``OMNI_PROFILE``."""
    name = options.profile
    if name is None and not os.environ.get("OMNI_API_KEY"):
        name = os.environ.get("OMNI_PROFILE") or None
    if name is None:
        return Credentials(None, options.base_url, None)
    profile = _read(name, _find(load_profiles(), name))
    return Credentials(profile.api_key, options.base_url or profile.base_url, name)


def profiles_path() -> Path:
    """The file of the profiles."""
    return Path(click.get_app_dir("omni")) / "profiles.json"


def load_profiles() -> dict[str, Any]:
    """The entries of the file by name; UsageError if it cannot be read, or if others can read it."""
    path = profiles_path()
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if os.name == "posix" and mode & 0o077:
        raise UsageError(f"Others can read {path}, which has keys: run `chmod 600` on it.")
    try:
        profiles: Any = json.loads(content)
    except (ValueError, RecursionError):
        profiles = None
    entries = as_dict(profiles)
    if not is_a(profiles, dict) or not all(is_a(entry, dict) for entry in entries.values()):
        raise UsageError(f"{path} is damaged: delete it, and set the profiles again.")
    return entries


def iter_profiles() -> list[tuple[str, Profile]]:
    """All profiles by name."""
    return [(name, _read(name, entry)) for name, entry in sorted(load_profiles().items())]


def save_profile(name: str, api_key: str, base_url: str | None) -> Profile:
    """Save a profile, or replace it; the key goes to the keyring if there is one that works."""
    profiles = load_profiles()
    in_keyring = _call_keyring("set_password", name, api_key) is not _NO_KEYRING
    profiles[name] = {"base_url": base_url, **({} if in_keyring else {"api_key": api_key})}
    _write(profiles)
    return _read(name, profiles[name])


def remove_profile(name: str) -> None:
    """Remove a profile and its key; UsageError if there is none of that name."""
    profiles = load_profiles()
    entry = _find(profiles, name)
    del profiles[name]
    if "api_key" not in entry:
        _call_keyring("delete_password", name)
    _write(profiles)


def _read(name: str, entry: dict[str, Any]) -> Profile:
    key, place = entry.get("api_key"), "file"
    if key is None:
        key, place = _call_keyring("get_password", name), "keyring"
    if not isinstance(key, str) or not key:
        raise UsageError(f"The keyring does not give the key of the profile {name!r}: unlock it, or set it again.")
    return Profile(key, entry.get("base_url") or BASE_URL, place)


def _write(profiles: dict[str, Any]) -> None:
    from omni._files.atomic_write import write_atomic

    path = profiles_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(path, json.dumps(profiles, indent=2).encode(), 0o600)


_NO_KEYRING = object()


def _call_keyring(function: str, name: str, *arguments: str) -> Any:
    """What a function of the library ``keyring`` returns; _NO_KEYRING if it is not installed, or refuses."""
    try:
        keyring: Any = import_module("keyring")
    except ImportError:
        return _NO_KEYRING
    try:
        return getattr(keyring, function)(_SERVICE, name, *arguments)
    except keyring.errors.KeyringError:  # such as on a server without a session
        return _NO_KEYRING


def _find(profiles: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in profiles:
        known = f"there are {', '.join(sorted(profiles))}" if profiles else "add it with `omni config set NAME`"
        raise UsageError(f"There is no profile {name!r}: {known}.")
    entry: dict[str, Any] = profiles[name]
    return entry


def mask_key(key: str) -> str:
    """What may be shown of a key: its last four characters, or nothing if it is so short that they are much of it."""
    return f"…{key[-4:]}" if len(key) >= 12 else "…"


def complete_profiles(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of profiles, for shells."""
    try:
        return [name for name in load_profiles() if name.startswith(incomplete)]
    except OmniError:
        return []
