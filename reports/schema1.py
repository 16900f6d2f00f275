"""Run files of schema 1, which said all of a clause in each of its results: read as what they are today."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from reports.model import run_id


def modern(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a whole run of schema 1 as one of schema 2; what is wrong with it is left for the reader to find.

    Subjects become folders ("bind" of the area "syscalls": "syscalls/bind"). Such a run has no id of its own: it gets
    the same one each time.
    """
    results = data.get("results", [])
    clauses: dict[str, dict[str, Any]] = {}
    for item in results if isinstance(results, list) else ():
        if not isinstance(item, Mapping) or not isinstance(item.get("clause"), str):
            continue
        found = clauses.get(item["clause"])
        if found is None or (not found["area"] and item.get("area")):  # a case that died knew nothing of its clause
            clauses[item["clause"]] = _clause(item)
        else:
            found["covers"] = list(dict.fromkeys([*found["covers"], *item.get("covers", [])]))
    started, kernel = str(data.get("started", "")), data.get("kernel")
    facts = kernel if isinstance(kernel, Mapping) else {}
    same = hashlib.sha256(json.dumps([started, facts, data.get("command")], default=str).encode()).hexdigest()
    return {**data, "id": run_id(started, facts, same[:6]), "clauses": clauses}


def _clause(result: Mapping[str, Any]) -> dict[str, Any]:
    area, subject = str(result.get("area") or ""), str(result.get("subject") or "")
    folder = subject if not area or subject == area or subject.startswith(f"{area}/") else f"{area}/{subject}"
    return {"covers": [], **result, "area": area, "subject": folder}
