"""``omni lead upload`` and ``download``, ``omni document``: files on their way."""

from typing import TYPE_CHECKING

import click

from omni.cli._connection import Failure, connected
from omni.cli._messages import told
from omni.cli._options import Options, connects, example, given, lead_id, max_bytes, overwrite, reads, writes
from omni.cli._plain import clean, line, print_json, print_lines, say
from omni.cli._progress import bars
from omni.cli._write import written
from omni.errors import OmniError

if TYPE_CHECKING:
    from omni._files.results import DownloadResult
    from omni.errors import FileOutcome


@click.command(epilog=example("omni lead upload 11111111-1111-4111-8111-111111111101 january.pdf february.pdf"))
@lead_id
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--item", "checklist_item", metavar="ITEM", help="The checklist item they are for, by the id that checklist prints."
)
@connects
@writes
@click.pass_obj
def upload(options: Options, lead_id: str, files: tuple[str, ...], checklist_item: str | None) -> None:
    """Upload files for a lead, ten to a request.

    One line each, separated by tabs: stored, refused, unknown or not sent, filename, document id.
    """
    try:
        with bars() as show:
            results = written(
                options,
                lambda client: client.documents.upload(
                    lead_id,
                    files,
                    checklist_item=checklist_item,
                    progress=lambda done, total: show("upload", None, done, total),
                ),
            )
    except OmniError as error:
        _print_uploads(error.results)
        raise
    _print_uploads(results)


@click.command(epilog=example("omni lead download 11111111-1111-4111-8111-111111111106 --sandbox --to files"))
@lead_id
@click.option("--to", metavar="DIR", required=True, help="Folder for the files.")
@overwrite
@max_bytes
@connects
@click.pass_obj
def download(options: Options, lead_id: str, to: str, overwrite: bool, max_bytes: float | None) -> None:
    """Download all files of a lead.

    What a download before this one has fetched is not fetched again. One line each, separated by tabs: saved, there
    already or failed, document id, path. The exit code is 1 if a file failed.
    """
    with connected(options) as client, bars() as show:
        results = client.documents.download_all(
            lead_id,
            to=to,
            overwrite=overwrite,
            progress=lambda document, done, total: show(document.id, document.filename, done, total),
            **given(max_bytes=max_bytes),
        )
    print_lines([(_outcome(each), each.document.id, each.path) for each in results], if_none="No files came in.")
    failed = [(each.document.id, each.error) for each in results if each.error]
    for document_id, error in failed:
        click.echo(f"failed: {clean(document_id)}: {told(error)}", err=True)
    if failed:
        raise Failure(f"{len(failed)} of {len(results)} files failed: the same command fetches what is missing.")


@click.group(epilog=example("omni document get --sandbox doc-06-1"))
def document() -> None:
    """One document: what is known of it, and the file."""


@document.command(epilog=example("omni document get --sandbox doc-06-1"))
@click.argument("document_id", metavar="ID")
@reads
@click.pass_obj
def get(options: Options, document_id: str) -> None:
    """Show what is known of a document.

    One line each, separated by a tab: what, and its value. The JSON has a fresh link, which opens the file to whoever
    has it for an hour.
    """
    with connected(options) as client:
        found = client.documents.get(document_id)
    if options.as_json:
        print_json(found.to_dict())
        return
    facts = ("id", "filename", "mime_type", "size", "lead_id", "created_at", "updated_at")
    print_lines([(name.replace("_", " "), getattr(found, name)) for name in facts], if_none="")


@document.command("download", epilog=example("omni document download doc-06-1 --sandbox --to license.jpg"))
@click.argument("document_id", metavar="ID")
@click.option("--to", metavar="PATH", required=True, help="Where to; in a folder it has its own name.")
@overwrite
@max_bytes
@connects
@click.pass_obj
def download_document(options: Options, document_id: str, to: str, overwrite: bool, max_bytes: float | None) -> None:
    """Download a document, and print the path of the file."""
    with connected(options) as client, bars() as show:
        path = client.documents.download(
            document_id,
            to=to,
            overwrite=overwrite,
            progress=lambda done, total: show(document_id, None, done, total),
            **given(max_bytes=max_bytes),
        )
    say(clean(path))


def _print_uploads(results: tuple["FileOutcome", ...]) -> None:
    for each in results:
        say(line((each.outcome, each.filename, each.document and each.document.id)))


def _outcome(result: "DownloadResult") -> str:
    return "failed" if result.error else "there already" if result.skipped else "saved"
