"""Says how big the code's parts are, and fails where one has outgrown its bound (docs/adr/0006)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FUNCTION_MAX = 60
FUNCTION_P95 = 40
FILE_MAX = 400
BROAD_MAX = 3


def main(folder: str) -> int:
    """Print the sizes and give the exit code: 1 if a bound is passed."""
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    broad: list[str] = []
    for path in sorted(Path(folder).rglob("*.py")):
        text = path.read_text()
        files.append((text.count("\n"), str(path)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                functions.append((node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}"))
            if isinstance(node, ast.ExceptHandler) and _is_broad(node):
                broad.append(f"{path}:{node.lineno}")
    sizes = sorted(n for n, _ in functions)
    p95 = sizes[int(0.95 * (len(sizes) - 1))]
    print(f"{sum(n for n, _ in files)} lines in {len(files)} files; {len(sizes)} functions: ", end="")
    print(
        f"median {sizes[len(sizes) // 2]}, p95 {p95}, longest {sizes[-1]} lines; {len(broad)} broad excepts"
    )
    faults = [f"function of {n} lines: {where}" for n, where in functions if n > FUNCTION_MAX]
    faults += [f"file of {n} lines: {where}" for n, where in files if n > FILE_MAX]
    faults += [f"95 % of functions should have at most {FUNCTION_P95} lines"] if p95 > FUNCTION_P95 else []
    faults += [f"broad except: {where}" for where in broad] if len(broad) > BROAD_MAX else []
    print("\n".join(faults))
    return 1 if faults else 0


def _is_broad(node: ast.ExceptHandler) -> bool:
    return node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))
