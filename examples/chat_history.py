"""A chat history for many users, without an agent: blocking code, as in Flask or Django.

    python examples/chat_history.py

REDIS_URL  the server that keeps the history; otherwise the memory of this process
REDIS_TTL  seconds until an idle conversation expires; otherwise an hour
"""

from openai_agents_session import SyncRedisSessionManager

USER = "ada-lovelace"


def answer(history: list[dict[str, str]]) -> str:
    """Answer from the history; a real chat would ask a model here."""
    said = [repr(message["content"]) for message in history if message["role"] == "user"]
    return f"You said {', '.join(said)}."


def chat(manager: SyncRedisSessionManager, text: str) -> None:
    """Handle a request: store the message, answer from the history, store the answer."""
    manager.store_message(USER, "user", text, metadata={"channel": "web"})
    history = manager.get_history(USER, limit=20)
    manager.store_message(USER, "assistant", answer(history))


with SyncRedisSessionManager() as manager:
    manager.clear_session(USER)
    for text in ("Hello!", "What did I say?"):
        chat(manager, text)

    for message in manager.get_history(USER):
        if message["role"] == "user":
            print(f"ada: {message['content']} ({message['metadata']['channel']})")
        else:
            print(f"bot: {message['content']}")

    for session_id in manager.session_ids("ada-*"):
        stats = manager.stats(session_id)
        print(f"{session_id}: {stats.count} messages, forgotten in {stats.expires_in} s")
