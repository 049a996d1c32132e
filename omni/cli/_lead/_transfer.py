"""``omni lead upload`` and ``download``, and ``omni document``: files in both directions."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omni.cli._connection import Failure, Group, connect, send_write
from omni.cli._lead._read import lead
from omni.cli._messages import describe
from omni.cli._options import Options, connects, downloads, drop_unset, example, lead_id, reads, writes
from omni.cli._output import clean, print_json, print_line, print_rows, progress_bars
from omni.errors import OmniError

if TYPE_CHECKING:
    from omni._files.results import DownloadResult
    from omni.errors import FileOutcome


@lead.command(epilog=example("omni lead upload 11111111-1111-4111-8111-111111111101 january.pdf february.pdf"))
@lead_id
@click.argument("files", metavar="FILE...", type=click.Path(), nargs=-1, required=True)
@click.option(
    "--item", "checklist_item", metavar="ITEM", help="Checklist item they are for: the id that checklist prints."
)
@connects
@writes
@click.pass_obj
def upload(options: Options, lead_id: str, files: tuple[str, ...], checklist_item: str | None) -> None:
    """Upload files for a lead, ten to a request.

    One line each, separated by tabs: stored, refused, unknown or not sent, filename, document id.
    """
    label = Path(files[0]).name if len(files) == 1 else f"{len(files)} files"
    try:
        with progress_bars() as show:
            results = send_write(
                options,
                lambda client: client.documents.upload(
                    lead_id,
                    files,
                    checklist_item=checklist_item,
                    progress=lambda done, total: show("upload", label, done, total),
                ),
            )
    except OmniError as error:
        _print_uploads(error.results)
        raise
    _print_uploads(results)


@lead.command(epilog=example("omni lead download 11111111-1111-4111-8111-111111111106 --sandbox --to files"))
@lead_id
@downloads("Folder for the files.")
@click.pass_obj
def download(options: Options, /, lead_id: str, **arguments: Any) -> None:
    """Download all files of a lead.

    Files that an earlier download saved are not downloaded again. One line each, separated by tabs: saved, there
    already or failed, document id, path. The exit code is 1 if a file failed.
    """
    with connect(options) as client, progress_bars() as show:
        results = client.documents.download_all(
            lead_id,
            progress=lambda document, done, total: show(document.id, document.filename, done, total),
            **drop_unset(**arguments),
        )
    rows = [(_outcome(result), result.document.id, result.path) for result in results]
    print_rows(("outcome", "document id", "path"), rows, if_none="There are no files.")
    failed = [(result.document.id, result.error) for result in results if result.error]
    for document_id, error in failed:
        click.echo(f"failed: {clean(document_id)}: {describe(error)}", err=True)
    if failed:
        raise Failure(f"{len(failed)} of {len(results)} files failed: the same command downloads what is missing.")


@click.group(cls=Group, epilog=example("omni document get --sandbox doc-06-1"))
def document() -> None:
    """One document: its details, and the file."""


@document.command(epilog=example("omni document get --sandbox doc-06-1"))
@click.argument("document_id", metavar="ID")
@reads
@click.pass_obj
def get(options: Options, document_id: str) -> None:
    """Show the details of a document.

    One line each, separated by a tab: name and value. The JSON has a new link, which opens the file to whoever has it
    for an hour.
    """
    with connect(options) as client:
        document = client.documents.get(document_id)
    if options.as_json:
        print_json(document.to_dict())
        return
    names = ("id", "filename", "mime_type", "size", "lead_id", "created_at", "updated_at")
    rows = ((name.replace("_", " "), getattr(document, name)) for name in names)
    print_rows(("name", "value"), rows, if_none="")


@document.command("download", epilog=example("omni document download doc-06-1 --sandbox --to license.jpg"))
@click.argument("document_id", metavar="ID")
@downloads("File to save it in, or a folder.")
@click.pass_obj
def download_document(options: Options, /, document_id: str, **arguments: Any) -> None:
    """Download a document, and print the path of the file."""
    with connect(options) as client, progress_bars() as show:
        path = client.documents.download(
            document_id,
            progress=lambda done, total: show(document_id, Path(arguments["to"]).name, done, total),
            **drop_unset(**arguments),
        )
    print_line(clean(path))


def _print_uploads(results: tuple["FileOutcome", ...]) -> None:
    rows = ((result.outcome, result.filename, result.document and result.document.id) for result in results)
    print_rows(("outcome", "filename", "document id"), rows, if_none="")


def _outcome(result: "DownloadResult") -> str:
    return "failed" if result.error else "there already" if result.skipped else "saved"
