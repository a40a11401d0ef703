"""`run.py demo`: invented data, more of it."""

from __future__ import annotations

import click

from throughcare import create_app, db
from throughcare.demo import generate


@click.command("demo", help="Add invented data to a service that has none, or more to one that was seeded.")
@click.option("--assessments", default=0, help="So many more assessments, over the last four weeks.")
@click.option("--people", default=0, help="So many more people in Mill Gate now.")
def command(assessments: int, people: int) -> None:
    app = create_app()
    with app.app_context():
        db.upgrade()
        with db.transaction() as session:
            seeded = session.get(generate.Suite, generate.place_id("suite", "MG"))
    if seeded is None:
        generate.seed(app)
        click.echo("Seeded.")
    made = generate.more(app, assessments, people)
    click.echo(f"{made} records made.")
