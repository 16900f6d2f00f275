"""The HTML report: what it says, that it stands alone, and that no text in it can do harm."""

import re

import pytest

from reports import html, wording
from reports.run import VERDICTS, load
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import entry, result, written

HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(2)> \"' {{ 7*7 }} \x1b[31m \ud800 \u202e"


HOSTS = ("https://man7.org/", "https://www.cve.org/", "https://elixir.bootlin.com/linux/v6.18.3/")


def broken(**evidence):
    empty = dict.fromkeys(("expected", "observed", "message", "traceback", "log"))
    return result("test_broken", "fail", case="one", evidence=empty | evidence)


@pytest.fixture
def run(tmp_path):
    surface = [
        entry("syscall:bind"),
        entry("errno:bind:EFAULT"),
        entry("errno:bind:EROFS", reason="<no read-only file system>"),
        entry("option:PACKET_LOSS:set", subject="SOL_PACKET"),
        entry("option:PACKET_LOSS:effect", subject="SOL_PACKET", clauses=["suites/not/run.py::test_elsewhere"]),
        entry("fanout:HASH"),
    ]
    results = [result(), result("test_none", domains=[]), broken(expected="EFAULT, not 0", observed="0 and EFAULT")]
    results += [result(f"test_{number}", verdict) for number, verdict in enumerate(VERDICTS)]
    return written(tmp_path, results, surface)


def test_it_says_what_was_proven_on_what(run):
    page = Page(html.render(run))

    for said in (
        "Linux 6.18.3 breaks 5 of the 9 clauses shown; 1 not tried",
        "sockproof 0.1.0 (3f9a12c07be4)",
        "512 (kernel warning)",
    ):
        assert said in page.text
    for said in ("Debian GNU/Linux 13", "EFAULT, not 0", "0 and EFAULT", "<linux/if_packet.h>", "CVE-2017-7308"):
        assert said in page.text
    assert run.results[2].repeat in page.text
    assert page.text.count(result()["statement"]) >= 12


def test_the_matrix_shows_families_errnos_and_aspects(run):
    rows = Page(html.render(run)).rows

    assert rows["call"] == ["clauses", "packet", "none", "errnos covered"]
    assert rows["bind"] == ["broken:12", "broken:5/11", "held:1", "broken:1/1"]
    assert rows["SOL_PACKET"] == ["set", "get", "effect", "error"]
    assert rows["PACKET_LOSS"] == ["uncovered:", "nothing", "has a clause, not run:1", "nothing"]


def test_each_folder_has_a_section_with_its_purpose(tmp_path):
    subjects = ("packet/rings/setup", "packet", "syscalls/bind", "packet/bind")
    results = [result(f"test_{number}", subject=subject) for number, subject in enumerate(subjects)]
    page = Page(html.render(run := written(tmp_path, results, [entry("syscall:bind")])))

    headings = [attributes["data-s"] for tag, attributes in page.elements if "data-s" in attributes]
    assert headings == ["packet", "packet/bind", "packet/rings/setup", "syscalls/bind"]
    assert "packet / rings / setup" in page.text
    assert run.folders["syscalls/bind"] in page.text
    choices = [attributes["value"] for tag, attributes in page.elements if tag == "option" and attributes["value"]]
    assert choices[1:7] == ["packet", "packet/bind", "packet/rings", "packet/rings/setup", "syscalls", "syscalls/bind"]
    assert "packet (3)" in page.text
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"].count("#s3") == 1  # of its call


def test_what_is_uncovered_and_why_is_listed(run):
    text = Page(html.render(run)).text

    assert "3 of 6 entries" in text
    assert "option:PACKET_LOSS:set" in text
    assert "<no read-only file system>" in text


def test_it_needs_nothing_from_elsewhere(run):
    text = html.render(run)

    assert not re.search(r"@import|url\((?!\"data:)", text)
    for tag, attributes in Page(text).elements:
        assert tag not in ("link", "iframe", "object", "img", "base")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", *HOSTS))


def test_ids_are_unique_and_every_link_has_its_end(run):
    page = Page(html.render(run))

    assert len(page.ids) == len(set(page.ids))
    ends = {attributes["href"] for _, attributes in page.elements if attributes.get("href", "").startswith("#")}
    assert {"#c11", "#b0"} <= ends
    assert [end for end in ends if not page.has_end(end)] == []


def test_hostile_text_stays_text(tmp_path):
    evidence = dict.fromkeys(("expected", "observed", "message", "traceback", "log"), HOSTILE)
    texts = ("statement", "subject", "level", "since", "formerly", "reason", "repeat", "case", "clause")
    bad = result(verdict="fail", **dict.fromkeys(texts, HOSTILE), refs=[HOSTILE, f"man:{HOSTILE}", f"https:{HOSTILE}"])
    surface = [entry(f"{kind}:{HOSTILE}", reason=HOSTILE) for kind in ("syscall", "option", "errno", HOSTILE)]
    written(tmp_path, [{**bad, "evidence": evidence, "domains": [HOSTILE], "covers": [f"syscall:{HOSTILE}"]}], surface)

    file = html.write(load(tmp_path), tmp_path / "index.html")

    page = Page(text := file.read_text(encoding="utf-8"))
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert [tag for tag, _ in page.elements].count("img") == text.count("<img") == 0
    assert "alert(1)" in page.json
    assert not set("<>&") & set(page.json)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not {"\x1b", "\u202e"} & set(text)
    assert r"{{ 7*7 }} \x1b[31m \ud800 \u202e" in page.text
    assert r"{{ 7*7 }} \x1b[31m \ud800 \u202e" in page.drawn


ELIXIR = "https://elixir.bootlin.com/linux/v6.18.3"


@pytest.mark.parametrize(
    ("ref", "href"),
    [
        ("man:bind(2)", "https://man7.org/linux/man-pages/man2/bind.2.html"),
        ("man:../x(2)", None),
        ("src:net/socket.c:__sys_bind", f"{ELIXIR}/A/ident/__sys_bind"),
        ("src:net/ipv4/tcp.c", f"{ELIXIR}/source/net/ipv4/tcp.c"),
        ("src:../../x.c", None),
        ("src:net/socket.c:a?b", None),
        ("uapi:linux/if_packet.h", f"{ELIXIR}/source/include/uapi/linux/if_packet.h"),
        ("doc:networking/filter.rst", "https://www.kernel.org/doc/html/v6.18/networking/filter.html"),
        ("doc:networking/../filter.rst", None),
        ("commit:fe34db062b80", "https://git.kernel.org/linus/fe34db062b80"),
        ("commit:x", None),
        ("cve:CVE-2017-7308", "https://www.cve.org/CVERecord?id=CVE-2017-7308"),
        ("javascript:alert(1)", None),
        ("https://example.org/a", "https://example.org/a"),
    ],
)
def test_only_a_proper_reference_is_a_link(ref, href):
    assert wording.ref_of(ref, "v6.18.3").href == href


@pytest.mark.parametrize(
    ("release", "platform", "tag"),
    [
        ("6.18.44-fc-v782", "VM", "v6.18.44"),
        ("6.18.0", None, "v6.18"),
        ("6.1.0-37-amd64", None, "v6.1"),
        ("7.2.0-rc3+", None, "v7.2-rc3"),
        ("7.2-rc3", "User Mode Linux", "v7.2-rc3"),
        ("4.4.0", "gVisor", "latest"),
        ("unknown", None, "latest"),
        (None, None, "latest"),
    ],
)
def test_sources_are_those_of_the_release_that_ran(release, platform, tag):
    assert wording.release_tag({"release": release, "platform": platform}) == tag


def test_a_torn_and_an_empty_run_have_a_report_too(tmp_path):
    run = written(tmp_path, [], interrupted=True)

    page = Page(html.render(run))

    assert "Nothing was proven on Linux 6.18.3" in page.text
    assert "This run was interrupted." in page.text
