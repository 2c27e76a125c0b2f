"""A conversation on the command line, which can be continued later or in another terminal.

    python examples/script.py ada             each line is a message; Ctrl-D quits
    python examples/script.py ada --history   the conversation so far, one JSON object per line
    python examples/script.py ada --reset     forget it

OPENAI_API_KEY  if set, a real model answers; otherwise a scripted one, without a network
REDIS_URL       the server that keeps the conversation
"""

import json
import os
import sys

from agents import Agent, RunConfig, Runner
from scripted_model import ScriptedModel

from openai_agents_session import SyncRedisSession

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
KEY_GIVEN = bool(os.environ.get("OPENAI_API_KEY"))
AGENT = Agent(name="Companion", model=None if KEY_GIVEN else ScriptedModel())
CONFIG = RunConfig(tracing_disabled=not KEY_GIVEN)


def talk(session: SyncRedisSession) -> None:
    for line in sys.stdin:
        with session.turn() as turn:  # another terminal may be in the middle of a turn
            Runner.run_sync(AGENT, line.strip(), session=turn.as_async(), run_config=CONFIG)
        print(turn.output_text, flush=True)


def main(name: str, command: str = "") -> None:
    # The session creates its own client, and closes it at the end of the block.
    with SyncRedisSession.from_url(name, URL, key_prefix="script") as session:
        match command:
            case "":
                talk(session)
            case "--history":
                print(*map(json.dumps, session.get_items()), sep="\n")
            case "--reset":
                session.clear_session()
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:]) if 2 <= len(sys.argv) <= 3 else sys.exit(__doc__)
