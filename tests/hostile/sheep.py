"""A process that is only there: it has secrets, and notes which signals it gets."""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

secret, folder = sys.argv[1], Path(sys.argv[2])
memory = ctypes.create_string_buffer(secret.encode().ljust(1024, b"."), 4096)
hidden = os.open(folder / "hidden", os.O_RDWR | os.O_CREAT, 0o600)
os.write(hidden, secret.encode())
(folder / "hidden").unlink()
log = os.open(folder / "signals", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
for number in (signal.SIGWINCH, *range(35, 65)):
    signal.signal(number, lambda got, _: os.write(log, f"{got}\n".encode()) and None)
info = {"pid": os.getpid(), "pgid": os.getpgid(0), "address": ctypes.addressof(memory), "fd": hidden}
(folder / "info.part").write_text(json.dumps(info))
(folder / "info.part").rename(folder / "info.json")
while not (folder / "stop").exists():
    time.sleep(0.02)
(folder / "memory").write_bytes(memory.raw)
print("a quiet day")
