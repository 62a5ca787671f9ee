"""CocoIndex's part in the WordNet story: the same files, from a folder, with its own state beside them."""

import asyncio
import json
import os
import pathlib
import resource
import sys
import time
from dataclasses import dataclass

import cocoindex as coco
from cocoindex.connectors import localfs, neo4j
from cocoindex.resources.file import FileLike

OPTIONS = json.loads(sys.argv[1])
RUN = OPTIONS["run"]
FOLDER = pathlib.Path(OPTIONS["folder"])
ADDRESS = json.loads(os.environ["GRAPHDROP_BENCH"])["neo4j"]
DB = coco.ContextKey[neo4j.ConnectionFactory](f"bench{RUN}")


@dataclass
class Synset:
    id: str
    pos: str
    lemma: str
    gloss: str


@dataclass
class Relation:
    id: str
    kind: str
    weight: int


@coco.lifespan
async def lifespan(builder: coco.EnvironmentBuilder):
    factory = neo4j.ConnectionFactory(
        uri=ADDRESS["boltUri"], auth=(ADDRESS["username"], ADDRESS["password"]), database=ADDRESS["database"]
    )
    builder.provide(DB, factory)
    yield
    await factory.close()


@coco.fn(memo=True)
async def nodes_of(file: FileLike, table: neo4j.TableTarget[Synset]) -> None:
    for line in (await file.read_text()).splitlines():
        table.declare_record(row=Synset(**json.loads(line)))


@coco.fn(memo=True)
async def edges_of(file: FileLike, table: neo4j.RelationTarget[Relation]) -> None:
    for line in (await file.read_text()).splitlines():
        record = json.loads(line)
        start, end = record.pop("from"), record.pop("to")
        table.declare_relation(from_id=start, to_id=end, record=Relation(**record))


@coco.fn
async def main() -> None:
    synset = await neo4j.mount_table_target(DB, f"CocoSynset{RUN}", await neo4j.TableSchema.from_class(Synset))
    relation = await neo4j.mount_relation_target(
        DB, f"COCOREL{RUN}", synset, synset, await neo4j.TableSchema.from_class(Relation)
    )
    nodes = localfs.walk_dir(FOLDER / "nodes")
    edges = localfs.walk_dir(FOLDER / "edges")
    await coco.mount_each(coco.component_subpath("nodes"), nodes_of, nodes.items(), synset)
    await coco.mount_each(coco.component_subpath("edges"), edges_of, edges.items(), relation)


def step(name: str, app: coco.App, rows: int) -> None:
    print(json.dumps({"begin": name}), flush=True)
    before, began = os.times(), time.monotonic()
    app.update_blocking()
    seconds, after = time.monotonic() - began, os.times()
    cpu = after.user + after.system - before.user - before.system
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"step": name, "seconds": seconds, "cpu": cpu, "rss": rss, "rows": rows}), flush=True)


def put(edition: str) -> int:
    """Puts the files of an edition in place; returns how many rows of them differ."""
    rows = 0
    for source in sorted((FOLDER.parent / edition).rglob("*.ndjson")):
        target = FOLDER / source.relative_to(FOLDER.parent / edition)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = source.read_text()
        old = target.read_text().splitlines() if target.exists() else []
        rows += len(set(new.splitlines()) - set(old))
        target.write_text(new)
    return rows


app = coco.App("bench", main)
with coco.runtime():
    for name, edition in OPTIONS["editions"]:
        rows = put(edition) if edition else 0
        step(name, app, rows or OPTIONS["files"])
