"""An HTML page as its reader has it, for the tests of the report."""

import json
from functools import cached_property
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """Reads a page: its elements, its table cells by row, its text; complains about one that is not well nested."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.rows, self.ids = [], [], {}, []
        self.text = self.json = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note an element and open it."""
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.row = []
        if tag in ("td", "th"):
            self.row.append("")

    def handle_endtag(self, tag):
        """Close an element, in its turn."""
        assert self.open.pop() == tag
        if tag == "tr":
            self.rows[self.row[0]] = self.row[1:]

    def handle_data(self, data):
        """Take in text that a reader sees, and the data that the page's script draws."""
        if self.elements and self.elements[-1] == ("script", {"type": "application/json", "id": "data"}):
            self.json += data
        if "script" in self.open or "style" in self.open:
            return
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.row[-1] += data.strip()

    @cached_property
    def data(self):
        """What the script draws."""
        return json.loads(self.json)

    @property
    def drawn(self):
        """All texts that the script draws."""
        return "\n".join(_texts(self.data))

    def has_end(self, href):
        """Say whether a link into the page has an end: an element, a clause that the script draws, a filter."""
        name, _, state = href.removeprefix("#").partition("?")
        if name[:1] == "c" and name[1:].isdigit():
            return int(name[1:]) < len(self.data["clauses"])
        return name in self.ids and (not state or name == "clauses")


def _texts(value):
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)
