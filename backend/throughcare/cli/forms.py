"""`run.py cli forms`: check, publish, list and export forms."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from ..problems import Problem
from . import deed


@click.group("forms", help="Check, publish, list and export forms (FHIR R4 Questionnaires).")
def command() -> None:
    pass


@command.command("publish")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def publish_command(files: tuple[Path, ...]) -> None:
    """Publish each FILE as a new version. All or none."""
    from ..forms.publish import publish

    try:
        with deed():
            for file in files:
                form = publish(_read(file))
                click.echo(f"Published {form.form} ({form.title}).")
    except Problem as problem:
        for each in problem.details.get("findings", []):
            click.echo(_line(each), err=True)
        raise click.ClickException(f"{problem.words['happened']} {problem.words['do']} ({problem.code})") from None


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def check_command(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what each FILE holds that this service does not support. Exit 1 where an error stops one. Needs no database."""
    from ..forms.publish import check

    found: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        try:
            found[str(file)] = check(_read(file))
        except Problem as problem:
            raise click.ClickException(f"{file.name}: {problem.words['happened']} ({problem.code})") from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for name, findings in found.items():
            errors = sum(each["severity"] == "error" for each in findings)
            click.echo(f"{name}: {errors} error{'' if errors == 1 else 's'}, {len(findings) - errors} other findings.")
            for each in findings:
                click.echo(f"  {_line(each)}")
    if any(each["severity"] == "error" for findings in found.values() for each in findings):
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
    from ..forms.publish import find_form

    with deed():
        form = find_form(url, version)
        if form is None:
            raise click.ClickException(f"No form {url}|{version} has been published here. (form.not_found)")
        click.echo(json.dumps(form.definition, ensure_ascii=False, indent=1))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None


def _line(found: dict[str, Any]) -> str:
    return f"{found['severity']}: {found['code']}: {found['message']} {found['fix']}"
