"""What every implementation of the Agents SDK's `Session` protocol must do, as a pytest suite.

    python -m pytest conformance --session=module:factory

`factory(session_id)` returns a session, or an awaitable of one. Each test is one requirement, which
its docstring states. The exit status is 0 if the sessions meet all requirements and 1 if they do
not; anything else is a wrong call.
"""
