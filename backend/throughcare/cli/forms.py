"""`run.py cli forms`: check, publish, compare, list, export and retire forms."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..problems import Problem
from . import deed

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


@click.group("forms", help="Check, publish, compare, list, export and retire forms (FHIR R4 Questionnaires).")
def command() -> None:
    pass


@command.command("publish")
@FILES
@click.option(
    "--accept", "accepted", multiple=True, metavar="CODE", help="A kind of warning that is read and accepted."
)
def publish_command(files: tuple[Path, ...], accepted: tuple[str, ...]) -> None:
    """Publish each FILE as a new version. All or none. What is accepted is kept in the audit."""
    from ..forms.publish import publish

    try:
        with deed():
            for file in _every(files):
                form = publish(_read(file), accepted=accepted)
                click.echo(f"Published {form.form} ({form.title}).")
    except Problem as problem:
        for each in problem.details.get("findings", []):
            click.echo(_line(each), err=True)
        raise click.ClickException(f"{problem.words['happened']} {problem.words['do']} ({problem.code})") from None


@command.command("responses")
@click.option("--assessment", metavar="ID", help="Every revision of this assessment.")
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="What was received from this day on …"
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="… to this day, both included.")
def responses_command(assessment: str | None, first: datetime | None, last: datetime | None) -> None:
    """Print what was handed in as FHIR QuestionnaireResponses, one to a line: of one assessment, or of a period.

    People are ids. The audit keeps that it was done, and how many there were.
    """
    from .. import audit
    from ..queries import responses

    if bool(assessment) == bool(first and last) or bool(first) != bool(last):
        raise click.UsageError("Say --assessment ID, or a period with --from DAY and --to DAY.")
    with deed() as session:
        if assessment:
            found = list(responses.of_assessment(session, assessment))
        elif first and last:
            found = list(responses.of_period(session, first.date(), last.date()))
        audit.deed("responses.exported", assessment, count=len(found))
    if not found:
        raise click.ClickException("Nothing was handed in there: look at the id or the days.")
    for each in found:
        click.echo(json.dumps(each, ensure_ascii=False))


@command.command("check")
@FILES
@click.option("--json", "as_json", is_flag=True, help="Write the findings and their counts as JSON.")
def check_command(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what each FILE, or each JSON file in a folder, holds that this service does not support.

    Exit 1 where an error stops one, 0 where every file loads. Needs no database.
    """
    from ..forms.check import check_file, counted

    found = {str(file): check_file(file) for file in _every(files)}
    counts = counted(found)
    if as_json:
        click.echo(json.dumps({"files": found, "summary": counts}, ensure_ascii=False, indent=2))
    else:
        for name, findings in found.items():
            click.echo(f"{name}: {_verdict(findings)}.")
            for each in findings:
                click.echo(f"  {_line(each)}")
        _tell(counts)
    if counts["refused"]:
        sys.exit(1)


@command.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Write the differences as JSON.")
def diff_command(old: str, new: str, as_json: bool) -> None:
    """Compare two versions: each a FILE, or "URL|VERSION" of one that is published. Exit 1 where they differ."""
    from ..forms.difference import differences

    found = differences(_definition(old), _definition(new))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for each in found:
            place = f"question {each['link_id']}" if each["link_id"] else "the form"
            click.echo(f"{each['change']}: {place}: {each['what']}{_sides(each)}")
        click.echo("No difference." if not found else f"{len(found)} difference{'' if len(found) == 1 else 's'}.")
    if found:
        sys.exit(1)


@command.command("list")
def list_command() -> None:
    """List what is published."""
    from ..forms.publish import list_forms

    with deed():
        for form in list_forms():
            click.echo(f"{form.published_at}  {form.status:8}  {form.form}  {form.title}")


@command.command("export")
@click.argument("url")
@click.argument("version")
def export_command(url: str, version: str) -> None:
    """Write the definition of one published form, exactly as it was published."""
    click.echo(json.dumps(_published(url, version), ensure_ascii=False, indent=1))


@command.command("retire")
@click.argument("form", metavar="URL|VERSION")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is offered no more. Kept with the form.")
def retire_command(form: str, reason: str) -> None:
    """Offer one published version for nothing new, from each tablet's next sync on. Work that was begun with it keeps it."""
    from ..forms.publish import retire

    with deed():
        row = retire(_find(*form.rsplit("|", 1)) if "|" in form else _find(form, ""), reason)
        click.echo(f"Retired {row.form} ({row.title}).")


def _find(url: str, version: str) -> Any:
    from ..forms.publish import find_form

    form = find_form(url, version)
    if form is None:
        raise click.ClickException(f"No form {url}|{version} has been published here. (form.not_found)")
    return form


def _published(url: str, version: str) -> Any:
    with deed():
        return _find(url, version).definition


def _definition(name: str) -> Any:
    """A form by its file, or by its published name."""
    if not Path(name).exists() and "|" in name:
        return _published(*name.rsplit("|", 1))
    definition = _read(Path(name))
    if not isinstance(definition, dict) or definition.get("resourceType") != "Questionnaire":
        raise click.ClickException(f"{name} is not a FHIR Questionnaire.")
    return definition


def _every(files: tuple[Path, ...]) -> list[Path]:
    """The files themselves, and every JSON file in the folders."""
    return [each for file in files for each in (sorted(file.rglob("*.json")) if file.is_dir() else [file])]


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None


def _verdict(findings: list[dict[str, Any]]) -> str:
    errors = sum(each["severity"] == "error" for each in findings)
    warnings = sum(each["severity"] == "warning" for each in findings)
    if errors:
        return f"refused, {errors} error{'' if errors == 1 else 's'}"
    return f"loads, with {warnings} warning{'' if warnings == 1 else 's'}" if warnings else "loads"


def _tell(counts: dict[str, Any]) -> None:
    click.echo(
        f"{counts['files']} files: {counts['clean']} load clean, {counts['with_warnings']} with warnings, {counts['refused']} refused."
    )
    valid, loaded = counts["valid_r4"], counts["valid_r4_loaded"]
    if valid:
        click.echo(f"Of {valid} valid FHIR R4 Questionnaires {loaded} load ({100 * loaded / valid:.1f} %).")
    for title, codes in (
        ("Refused, by code", counts["refused_by_code"]),
        ("Warnings, by code", counts["warnings_by_code"]),
    ):
        if codes:
            click.echo(f"{title}: {', '.join(f'{code} {count}' for code, count in codes.items())}.")


def _sides(each: dict[str, Any]) -> str:
    def short(value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return text if len(text) <= 200 else f"{text[:199]}…"

    before, after = each["before"], each["after"]
    if before is None:
        return f": {short(after)}" if after is not None else ""
    return f": {short(before)}" if after is None else f": {short(before)} → {short(after)}"


def _line(found: dict[str, Any]) -> str:
    row = f" [{found['row']}]" if found.get("row") else ""
    where = found["path"] or found["linkId"]
    return f"{found['severity']}: {found['code']}: {where}: {found['message']} {found['fix']}{row}"
