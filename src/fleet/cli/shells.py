"""Shells: what bash, zsh and fish load to have words completed, and how it gets to where they look for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fleet.errors import Broken, Typed

NAMES = ("bash", "zsh", "fish")
BASH = """\
_fleet_completion() {
    local IFS=$'\\n' typed="${COMP_LINE:0:$COMP_POINT}"
    COMPREPLY=( $(_TYPER_COMPLETE_ARGS="$typed" _FLEET_COMPLETE=complete_bash "$1" 2>/dev/null) )
    # A colon ends a word for bash, so what stands before it is not to be typed again.
    typed="${typed##*[[:space:]]}"
    if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=( "${COMPREPLY[@]#"${typed%:*}:"}" )
    fi
}
complete -o default -F _fleet_completion fleet
"""
ZSH = """\
#compdef fleet
_fleet_completion() {
    local -a offered
    offered=("${(@f)$(_TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _FLEET_COMPLETE=complete_zsh fleet 2>/dev/null)}")
    if [[ -n "${offered[1]}" ]]; then
        _describe -V fleet offered
    else
        _files
    fi
}
compdef _fleet_completion fleet
"""
FISH = """\
complete --command fleet --no-files \
--arguments "(env _FLEET_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
_TYPER_COMPLETE_ARGS=(commandline -cp) fleet)" \
--condition "env _FLEET_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=is-args \
_TYPER_COMPLETE_ARGS=(commandline -cp) fleet"
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
ZSH_LINE = "fpath+=(~/.zfunc); autoload -Uz compinit; compinit"
ANCESTORS = 8
"""Processes above this one that are asked whether they are a shell."""


def script(shell: str) -> str:
    """Give what a shell has to load; raises Typed for one that is not known."""
    if shell not in SCRIPTS:
        raise Typed(
            f"there is no completion for {shell[:60]!r}; there is for {', '.join(NAMES)}. "
            "As: fleet --install-completion bash"
        )
    return SCRIPTS[shell].rstrip("\n")


def show(words: Sequence[str]) -> int:
    """Print what the shell has to load."""
    print(script(_shell(words)))
    return 0


def install(words: Sequence[str]) -> int:
    """Write completion to where the shell finds it, and say what was written; done again it changes nothing."""
    shell = _shell(words)
    text, home = script(shell) + "\n", Path.home()
    if shell == "fish":
        file = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish/completions/fleet.fish"
        start, line = None, ""
    elif shell == "zsh":
        file, start, line = (
            home / ".zfunc/_fleet",
            Path(os.environ.get("ZDOTDIR") or home) / ".zshrc",
            ZSH_LINE,
        )
    else:
        file, start = home / ".bash_completions/fleet.sh", home / ".bashrc"
        line = f"source '{file}'"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        added = start is not None and _add(start, line)
    except OSError as exc:
        raise Broken(
            f"{exc.filename}: it cannot be written: {exc.strerror}. "
            f"To load it yourself: fleet --show-completion {shell}"
        ) from exc
    print(f"Wrote  {file}")
    if added:
        print(f"Added  {start}: {line}")
    print(f"Next   open a new {shell}; there, fleet and a blank, then the Tab key")
    return 0


def _add(file: Path, line: str) -> bool:
    """Add a line to a file that has none like it; says whether it did."""
    before = file.read_text("utf-8", "surrogateescape") if file.exists() else ""
    if line in before.splitlines():
        return False
    with file.open("a", encoding="utf-8") as out:
        out.write(f"{'' if not before or before.endswith(chr(10)) else chr(10)}{line}\n")
    return True


def _shell(words: Sequence[str]) -> str:
    """Say for which shell: that which was named, else that from which this was started, else the login shell."""
    if words:
        return words[0]
    login = os.path.basename(os.environ.get("SHELL", ""))
    found = next((name for name in _above() if name in NAMES), login)
    if found not in NAMES:
        raise Typed("which shell is meant cannot be told from here. As: fleet --install-completion bash")
    return found


def _above() -> list[str]:
    """Name the processes above this one, the nearest first."""
    names, pid = list[str](), os.getppid()
    while pid > 1 and len(names) < ANCESTORS:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            break
        name, _, rest = stat.partition("(")[2].rpartition(")")
        names.append(name.removeprefix("-"))
        pid = int(rest.split()[1])
    return names
