"""Agents in Celery tasks: one Redis client per worker process, one session per task.

    celery --app celery_app worker                                  # processes (prefork)
    celery --app celery_app worker --pool threads --concurrency 16

    chat.delay("ada", "Hello").get()   history.delay("ada").get()   reset.delay("ada").get()

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the broker, which also keeps the conversations
"""

import os
from typing import Any

import redis
from agents import Agent, RunConfig, Runner
from celery import Celery
from celery.signals import worker_init, worker_process_init
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession

DAY = 24 * 3600
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)

app = Celery("celery_app", broker=REDIS_URL, backend=REDIS_URL)


class Worker:
    """State shared by the tasks of this process."""

    redis: redis.Redis


@worker_init.connect  # with --pool threads, tasks run in this process
@worker_process_init.connect  # with prefork, in each of its child processes
def connect(**_: object) -> None:
    Worker.redis = redis.from_url(REDIS_URL)


@app.task
def chat(name: str, message: str) -> str:
    session = SyncRedisSession(name, Worker.redis, ttl=DAY)
    with session.lock(blocking_timeout=60):  # tasks of one conversation run one after another
        result = Runner.run_sync(AGENT, message, session=session.as_async(), run_config=CONFIG)
    return str(result.final_output)


@app.task
def history(name: str) -> list[Any]:
    return list(SyncRedisSession(name, Worker.redis, ttl=DAY).get_items())


@app.task
def reset(name: str) -> None:
    session = SyncRedisSession(name, Worker.redis, ttl=DAY)
    with session.lock(blocking_timeout=60):
        session.clear_session()
