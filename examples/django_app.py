"""A chat service on Django, in one file: one Redis client per process.

    gunicorn --worker-class gthread --threads 16 django_app:application

    POST   /chats/<name>   {"message": "Hello"}   ->  {"answer": "..."}
    GET    /chats/<name>                          ->  {"items": [...]}
    DELETE /chats/<name>

A POST with an Idempotency-Key header happens once, however often it is sent. While another
request is answering in the same conversation, POST and DELETE answer 409: try again.

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversations
LEASE           seconds until a conversation is free after its process was killed; otherwise 30
"""

import json
import os
from functools import cache

import redis
from agents import Agent, RunConfig, Runner
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views import View
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession, TurnBusyError, TurnConflictError

settings.configure(
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "for this example only"),
    REDIS_URL=os.environ.get("REDIS_URL", "redis://localhost:6379"),
)
DAY = 24 * 3600
LEASE = float(os.environ.get("LEASE", "30"))
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)


@cache
def redis_client() -> redis.Redis:
    """Create the client on first use; all threads of the process share it."""
    return redis.from_url(settings.REDIS_URL)


class Chat(View):
    def setup(self, request: HttpRequest, *args: object, name: str, **kwargs: object) -> None:
        super().setup(request, *args, name=name, **kwargs)
        # A session is cheap and holds no connection: create one whenever you need it.
        self.session = SyncRedisSession(name, redis_client(), ttl=DAY)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (TurnBusyError, TurnConflictError):  # another request is answering, or cleared it
            return JsonResponse({"error": "this conversation is busy; try again"}, status=409)

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return JsonResponse({"items": self.session.get_items()})

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        message = str(json.loads(request.body)["message"])
        key = request.headers.get("Idempotency-Key") or None
        with self.session.turn(key, blocking_timeout=0, lease=LEASE) as turn:
            if not turn.repeated:
                Runner.run_sync(AGENT, message, session=turn.as_async(), run_config=CONFIG)
        return JsonResponse({"answer": turn.output_text})

    def delete(self, request: HttpRequest, name: str) -> HttpResponse:
        with self.session.turn(blocking_timeout=0, lease=LEASE) as turn:
            turn.clear_session()
        return HttpResponse(status=204)


urlpatterns = [path("chats/<str:name>", Chat.as_view())]
application = get_wsgi_application()
