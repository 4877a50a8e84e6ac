"""Extract, transform in parallel, load: a table of places goes through any number of workers into an SQLite database.

    python3 -m distcoord worker etl:app & python3 etl.py places.csv places.sqlite

Workers may run on any machines that see the table and the folder of the database. Each batch of the table is done by
one of them, and again by another when that one dies. `places.csv` is the table of the tz database that says where each
time zone's principal place is (zone.tab of 2025, in the public domain), with commas for its tabs.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import distcoord

BATCH = 50

app = distcoord.App()
etl = app.workflow("etl")


@dataclass
class Place:
    zone: str
    country: str
    latitude: float
    longitude: float


@etl.task
def extract(table: str) -> list[list[dict[str, str]]]:
    """The rows of the table, in batches: each will be one task."""
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


@etl.task(retries=2, timeout=60)
def transform(rows: list[dict[str, str]]) -> list[Place]:
    """One batch: coordinates as the table has them, "+4230+00131", become degrees."""
    places = []
    for row in rows:
        latitude, longitude = re.findall(r"[+-]\d+", row["coordinates"])
        places.append(Place(row["zone"], row["country"], degrees(latitude, 2), degrees(longitude, 3)))
    return places


def degrees(text: str, places: int) -> float:
    """Of a sign, degrees of so many digits, two of minutes, and perhaps two of seconds."""
    sign = -1 if text[0] == "-" else 1
    whole, minutes, seconds = text[1 : places + 1], text[places + 1 : places + 3], text[places + 3 :]
    return round(sign * (int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600), 4)


@etl.task
def load(transform: list[list[Place]], database: str) -> int:
    """All batches at once, in the order of the table. Run again after a crash it comes to the same."""
    places = [place for batch in transform for place in batch]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table if not exists places (zone primary key, country, latitude, longitude)")
        connection.execute("delete from places")
        connection.executemany(
            "insert into places values (?, ?, ?, ?)",
            [(place.zone, place.country, place.latitude, place.longitude) for place in places])
    return len(places)


transform.map(extract) >> load


def main() -> None:
    table, database = (str(Path(name).resolve()) for name in sys.argv[1:3])
    run = etl.start(arguments={"table": table, "database": database})
    run.raise_if_failed(run.wait(timeout=300))
    print(run.result("load", int), "places")
    with closing(sqlite3.connect(database)) as connection:
        for zone, latitude in connection.execute(
                "select zone, latitude from places order by abs(latitude) desc limit 3"):
            print(f"{latitude:9.4f} {zone}")


if __name__ == "__main__":
    main()
