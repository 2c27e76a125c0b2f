# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
"""An exhausted pool, a cluster behind a plain client, a dead or silent server: each says so."""

from __future__ import annotations

import datetime
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

from openai_agents_session import RedisSession, RedisSessionManager
from openai_agents_session._retries import RETRY_SECONDS

from .._aio import BlockingConnectionPool, ConnectionPool, Redis
from ..support.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._aio import Action
    from ..support.cluster import Cluster
    from ..support.proxy import FaultProxy
    from ..support.server import Server

KEY = "openai_agents_session:ada"
SUBJECT = f"session key '{KEY}'"
SLACK = 2.0  # seconds that a busy machine may add

ITEM: Any = {"role": "user", "content": "what nobody else may read"}
