# Source of the blocking twin in _sync: edit here, then run "python tools/generate.py".
