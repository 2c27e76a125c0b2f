"""The connection: whether Redis answers, how old it is, and whether it takes writes."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from ..wrong_address import what_and_cure
from .finding import Finding, ok, problem, unknown, warning
from .node import FAILURES, said, text
from .topology import uncovered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .node import Node
    from .servers import Servers

CHECK = "connection"

_OLDEST = (6, 2)
_MANY = 0.9


def unreachable(servers: Servers) -> Finding | None:
    """Return what keeps us from talking to Redis, or None if nothing does."""
    if servers.is_cluster and servers.leave_out_silent_nodes() is None:
        return None  # a cluster may answer, and yet not serve the key that is asked for below
    session = servers.manager.session("doctor")
    try:
        session.count()  # which explains the failure, whichever client and version it is
    except ResponseError as error:
        wrong = what_and_cure(str(error))
        return None if wrong is None else problem(CHECK, *wrong)  # another error is an answer
    except FAILURES as error:
        if wrong := what_and_cure(str(error)):
            return problem(CHECK, *wrong)
        return _explained(error, f"session key {session.key!r}")
    return None


def check(servers: Servers) -> Iterator[Finding]:
    """Check every server that we are connected to."""
    if servers.silent:
        yield problem(
            CHECK,
            f"nodes of the cluster that do not answer: {', '.join(servers.silent)}",
            "restart them, or remove them from the cluster",
        )
    yield from servers.on_every_node(_check_node)
    yield from _check_tls(servers)


def judge_version(version: str | None) -> Finding:
    """Return whether a server of this version can be used."""
    numbers = re.match(r"(\d+)\.(\d+)", version or "")
    if numbers is None:
        return unknown(
            CHECK, "the server does not report its version", "make sure that it is 6.2 or newer"
        )
    if tuple(map(int, numbers.groups())) < _OLDEST:
        return problem(
            CHECK,
            f"Redis answers, but its version is {version}",
            "upgrade to Redis 6.2 or newer, or to Valkey",
        )
    return ok(CHECK, f"Redis answers; its version is {version}")


def _explained(error: Exception, subject: str) -> Finding:
    """Return what a session says of a failure: what happened, and after a semicolon the cure."""
    covered = re.search(r"slots are not covered .*?(\d+) of \d+ covered", str(error))
    if covered is not None:
        return uncovered(covered[1])
    what, _, cure = str(error).rpartition("; ")
    what = what.replace(f" for {subject}", "").replace(f" serve {subject}", " be used")
    return problem(CHECK, what or said(error), cure)


def _check_node(servers: Servers, node: Node) -> Iterator[Finding]:
    info = node.info or {}
    yield judge_version(_version(node))
    role = text(info.get("role", node.hello.get("role", "")))
    if role in {"slave", "replica"} or servers.write_error(node, "READONLY"):
        yield problem(
            CHECK,
            "the server is a replica, which refuses every change",
            "connect to the primary, or through Sentinel with redis+sentinel://",
        )
    most, clients = info.get("maxclients", 0), info.get("connected_clients", 0)
    if most and clients >= _MANY * most:
        yield warning(
            CHECK,
            f"{clients} clients are connected, and maxclients is {most}",
            "raise maxclients, or look for clients that are never closed",
        )


def _version(node: Node) -> str | None:
    info = node.info or {}
    version = info.get("valkey_version", info.get("redis_version", node.hello.get("version")))
    return None if version is None else text(version)


def _check_tls(servers: Servers) -> Iterator[Finding]:
    settings: dict[str, Any] = servers.client.get_connection_kwargs()
    pool = getattr(servers.client, "connection_pool", None)
    kind = getattr(pool, "connection_class", None)
    is_encrypted = bool(settings.get("ssl")) or "SSL" in getattr(kind, "__name__", "")
    required = settings.get("ssl_cert_reqs", "required")
    if not is_encrypted:
        yield ok(CHECK, "the connection is not encrypted")
    elif required in {"none", None, ssl.CERT_NONE}:
        yield warning(
            CHECK,
            "the connection is encrypted, but the server's certificate is not checked, so anyone "
            "in between can read conversations and the password",
            "remove ssl_cert_reqs=none, and name the authority with ssl_ca_certs if it is your own",
        )
    else:
        yield ok(CHECK, "the connection is encrypted, and the certificate is checked")
