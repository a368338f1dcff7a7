"""Says how big the code's parts are, and fails where one has outgrown its bound (docs/adr/0006)."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FUNCTION_MAX = 40  # lines of a body: a signature is a table, most of all where it lists a verb's options
FUNCTION_P95 = 30
WHOLE_MAX = 60  # lines with the signature
FILE_MAX = 400
BROAD_MAX = 3
SHOWN = 5  # of the longest functions and files


def main(folder: str) -> int:
    """Print the sizes and give the exit code: 1 if a bound is passed."""
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    broad: list[str] = []
    long: list[str] = []
    for path in sorted(Path(folder).rglob("*.py")):
        text = path.read_text()
        files.append((text.count("\n"), str(path)))
        tree = ast.parse(text)
        long += [
            f"function of {n} lines with its signature: {path}:{node.lineno} {node.name}"
            for _, node in _functions(tree)
            if (n := (node.end_lineno or 0) - node.lineno + 1) > WHOLE_MAX
        ]
        functions += [(lines, f"{path}:{node.lineno} {node.name}") for lines, node in _functions(tree)]
        broad += [
            f"{path}:{n.lineno}" for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) if _is_broad(n)
        ]
    _report(folder, functions, files, broad)
    faults = [*_faults(functions, files, broad), *long]
    print("\n".join(faults))
    return 1 if faults else 0


def _functions(tree: ast.AST) -> Iterator[tuple[int, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Each function, with the lines of its body: from its docstring to its end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.end_lineno - node.body[0].lineno + 1, node


def _report(
    folder: str, functions: list[tuple[int, str]], files: list[tuple[int, str]], broad: list[str]
) -> None:
    layers: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for lines, name in files:
        parts = Path(name).relative_to(folder).parts
        layer = parts[1] if len(parts) > 2 else "."
        layers[layer] += lines
        counts[layer] += 1
    sizes = sorted(n for n, _ in functions)
    print(f"{sum(layers.values())} lines in {len(files)} files; {len(sizes)} functions: ", end="")
    print(
        f"median {sizes[len(sizes) // 2]}, p95 {_p95(sizes)}, longest {sizes[-1]} lines; {len(broad)} broad excepts"
    )
    print("  ".join(f"{layer} {lines} in {counts[layer]}" for layer, lines in layers.most_common()))
    for what, found in (("longest functions", functions), ("longest files", files)):
        print(f"{what}: " + "; ".join(f"{n} {where}" for n, where in sorted(found, reverse=True)[:SHOWN]))


def _p95(sizes: list[int]) -> int:
    return sizes[int(0.95 * (len(sizes) - 1))]


def _faults(functions: list[tuple[int, str]], files: list[tuple[int, str]], broad: list[str]) -> list[str]:
    p95 = _p95(sorted(n for n, _ in functions))
    faults = [f"function of {n} lines: {where}" for n, where in functions if n > FUNCTION_MAX]
    faults += [f"file of {n} lines: {where}" for n, where in files if n > FILE_MAX]
    faults += [f"95 % of functions should have at most {FUNCTION_P95} lines"] if p95 > FUNCTION_P95 else []
    faults += [f"broad except: {where}" for where in broad] if len(broad) > BROAD_MAX else []
    return faults


def _is_broad(node: ast.ExceptHandler) -> bool:
    return node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))
