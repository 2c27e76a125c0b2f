"""The Lua scripts: each one a whole operation, each safe to send again.

Every mutation comes with a receipt key that no other call knows. The script writes it together
with its effect. When redis-py, or the session itself, sends the same call again because the reply
was lost, the script finds the receipt and answers from it instead of acting twice.

Nothing is left half done. Whatever may be refused (a key of another type, memory, a permission)
is tried while a refusal costs nothing, and the write that counts comes last; or, in the scripts
that must be as fast as possible, it is taken back.
"""
