"""The tables of the speed benchmark, for the terminal and for the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import deployment
from benchmarks.footprint import SESSION_ITEMS, title_of_import, title_of_store
from benchmarks.growth import APIS, CALLS, TITLES
from benchmarks.rounds import ROUND_TRIP
from benchmarks.stores import STORES
from benchmarks.tables import Table, microseconds, size, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.facts import Facts

_NONE = "-"
_WEIGHED = ("add-1", "add-50", "get-1000", "limit-of-10000", "pop", "clear", "replace", "turn")
_TRAFFIC = {  # the columns, with their facts and formats
    "commands": ("commands", "g"),
    "in scripts": ("in scripts", "g"),
    "executing, µs": ("executing us", ",.1f"),
    "server, µs": ("server us", ",.1f"),
    "round trips": ("round trips", "g"),
    "sent": ("bytes to server", ","),
    "received": ("bytes from server", ","),
}


def caption(facts: Facts) -> str:
    """Return a paragraph that describes where the figures were measured."""
    machine, versions = facts["machine"], facts["versions"]
    place = "client and server on one processor" if machine["pinned"] else "not pinned"
    return (
        f"Measured on {machine['date']} with openai-agents-session {versions['ours']} on Python "
        f"{versions['Python']}, redis-py {versions['redis-py']} with hiredis {versions['hiredis']},"
        f" {versions['server']} and openai-agents {versions['SDK']}, on {machine['processor']} "
        f"({machine['cores']} cores, {machine['system']}; {place})."
    )


def pages(facts: Facts) -> dict[str, Table | str]:
    """Return the tables for which there are facts, and their paragraphs, by file name."""
    made: dict[str, Table | str] = {"machine": caption(facts)}
    for api in APIS:
        made[f"times-{api}"] = _times(facts, api)
        made[f"ratios-{api}"] = _ratios(facts, api)
    made["traffic"] = _traffic(facts)
    if "memory" in facts:
        made |= {"memory": _memory(facts), "peaks": _peaks(facts), "imports": _imports(facts)}
    if "growth" in facts:
        made["sessions"] = _growth(facts, "sessions", "sessions")
        made["history"] = _growth(facts, "history", "items in the session")
        made |= {"deployment": _deployment(facts), "assumptions": assumptions()}
    made["bounds"] = _bounds(facts)
    return {f"speed-{name}": page for name, page in made.items()}


def slowest_ping(facts: Facts) -> float:
    """Return the slowest PING of all operations, in microseconds."""
    operations = facts["operations"].values()
    return float(max(ping for what in operations for ping in what["ping us"].values()))


def _columns(api: str) -> list[str]:
    return [name for name, store in STORES.items() if store.api == api]


def _lines(facts: Facts, api: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield each operation of the API, with each store's result."""
    for operation in facts["operations"].values():
        cells = [operation["stores"].get(store, {}) for store in _columns(api)]
        if any(cells):
            yield operation, cells


def _times(facts: Facts, api: str) -> Table:
    head = ["µs per operation", "PING", *(STORES[store].title for store in _columns(api))]
    rows = [
        [
            operation["title"],
            microseconds(operation["ping us"][api]),
            *(microseconds(cell["us"]) if cell else _NONE for cell in cells),
        ]
        for operation, cells in _lines(facts, api)
    ]
    return Table(f"Medians as measured, in a hot loop, {api}", head, rows)


def _ratios(facts: Facts, api: str) -> Table:
    _, *others = _columns(api)
    rows = [
        [operation["title"], *(_ratio(operation, cell) for cell in cells[1:])]
        for operation, cells in _lines(facts, api)
    ]
    head = ["x raw redis-py", *(STORES[store].title for store in others)]
    return Table(
        f"Ratios at a PING of {ROUND_TRIP * 1e6:.0f} µs (in parentheses: in a hot loop), {api}",
        head,
        rows,
    )


def _ratio(operation: dict[str, Any], cell: dict[str, Any]) -> str:
    if not cell:
        return _NONE
    hot = f"({times(cell['to raw, hot'])})"
    return hot if operation["in parallel"] else f"{times(cell['to raw'])} {hot}"


def _traffic(facts: Facts) -> Table:
    rows = []
    for key in _WEIGHED:
        operation = facts["operations"].get(key, {"stores": {}})
        name = operation.get("title", "")
        for store, cell in operation["stores"].items():
            if "server us" in cell and STORES[store].api == "async":
                numbers = [format(cell[what], how) for what, how in _TRAFFIC.values()]
                rows.append([name, STORES[store].title, *numbers])
                name = ""
    title = "Traffic of one operation, and time of the server"
    return Table(title, ["operation", "store", *_TRAFFIC], rows, texts=2)


def _memory(facts: Facts) -> Table:
    rows = [
        [
            STORES[store].title,
            f"{row['item']:,.0f}",
            f"{row['session']:,.0f}",
            f"{row['receipt']:,.0f}" if row["receipt"] else _NONE,
        ]
        for store, row in facts["memory"].items()
    ]
    rows.append(["the JSON alone", *(f"{n:,.0f}" for n in facts["payload"].values()), _NONE])
    session = f"session of {SESSION_ITEMS} items"
    head = ["bytes in Redis", "item of a long session", session, "receipt, for 120 s"]
    return Table("Memory in Redis", head, rows)


def _peaks(facts: Facts) -> Table:
    peaks = facts["peaks"]
    rows = [[title_of_store(store), size(peak)] for store, peak in peaks.items()]
    return Table("Memory in Python", ["reading 10,000 items", "peak"], rows)


def _imports(facts: Facts) -> Table:
    rows = [
        [title_of_import(name), f"{seconds * 1e3:,.0f}"]
        for name, seconds in facts["imports"].items()
    ]
    return Table("Imports", ["import", "ms"], rows)


def _growth(facts: Facts, what: str, unit: str) -> Table:
    pings = facts["growth"][what]["ping us"]
    head = ["µs per call", *(f"{TITLES[call]}, {api}" for api in APIS for call in CALLS)]
    rows = [
        [
            f"{int(number):,} {unit}",
            *(microseconds(row[api][call]) for api in APIS for call in CALLS),
        ]
        for number, row in sorted(
            facts["growth"][what]["sizes"].items(), key=lambda entry: int(entry[0])
        )
    ]
    pinged = ", ".join(f"{microseconds(value)} µs {api}" for api, value in pings.items())
    return Table(f"Growth with {unit} (PING: {pinged})", head, rows)


def deployments(facts: Facts) -> list[deployment.Deployment]:
    """Calculate the needs of deployments from the facts."""
    server = {
        name: facts["operations"][name]["stores"]["ours"]["server us"] / 1e6
        for name in ("add-1", "limit-of-20")
    }
    memory = facts["memory"]["ours"]
    return deployment.table(
        deployment.Measured(
            session=memory["session"],
            receipt=memory["receipt"],
            read=server["limit-of-20"],
            add=server["add-1"],
        )
    )


def _deployment(facts: Facts) -> Table:
    head = ["sessions", "turns per hour, each", "memory", "calls per second", "busy", "servers"]
    rows = [
        [
            f"{row.sessions:,}",
            str(row.turns_per_hour),
            size(row.bytes),
            f"{row.calls:,.0f}" if row.calls >= 1 else f"{row.calls:.1f}",
            f"{row.share:.0%}" if row.share >= 0.01 else "< 1%",
            f"cluster of {row.nodes}" if row.needs_cluster else "one",
        ]
        for row in deployments(facts)
    ]
    return Table("What a deployment needs", head, rows)


def assumptions() -> str:
    """Return the assumptions of the table of deployments."""
    return (
        f"A session holds {SESSION_ITEMS} items. A turn reads them once and adds "
        f"{deployment.ADDS_PER_TURN} times, as the Runner does. *Busy* is the share of one "
        f"processor of the server. A server should hold at most "
        f"{size(deployment.NODE_BYTES).replace('.0', '')} and be busy for at most "
        f"{deployment.NODE_SHARE:.0%}; for more, the table gives the number of "
        "primaries in a cluster. Replicas double the memory."
    )


def _bounds(facts: Facts) -> Table:
    head = ["ratio", "value", "hot loop", "bound", ""]
    rows = [
        [
            bound["title"],
            times(bound["value"]),
            times(bound["hot"]) if bound["hot"] else _NONE,
            f"{'at least' if bound['at_least'] else 'at most'} {times(bound['limit'])}",
            "ok" if bound["holds"] else "OVER",
        ]
        for bound in facts["bounds"]
    ]
    return Table("Bounds", head, rows)
