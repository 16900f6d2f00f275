"""Several kernels side by side: the states of each clause, in words and colours, and why a target gave nothing."""

import re

import pytest

from reports import html, matrix
from suites.selfcheck.reports.html_page import Page
from suites.selfcheck.reports.sample_run import KERNEL, result, written

REASON = "package lists of Debian sid: <no network>"


@pytest.fixture
def kernels(tmp_path):
    """Runs on a kernel that holds all, on one that breaks a clause, and of a target that could not be had."""
    return {
        "host": written(tmp_path / "host", [result("test_one"), result("test_two")]),
        "uml-6.1": written(tmp_path / "uml-6.1", [result("test_one"), result("test_two", "fail")]),
        "qemu-7.2": written(tmp_path / "qemu-7.2", [], interrupted=True, problem=REASON),
    }


@pytest.fixture
def page(kernels, tmp_path):
    return matrix.write(matrix.matrix_of(kernels), tmp_path / "index.html").read_text()


def test_every_state_is_a_word_and_a_colour(page):
    rows = Page(page).rows

    statement = f"syscalls/bind: {result()['statement']}"
    assert rows[statement] == ["held", "broken", "not run"]
    assert rows["syscalls / bind"] == ["held:2 of 2", "broken:1 of 2, 1 broken", "not run"]
    assert rows["uml-6.1"][:2] == [KERNEL["release"], "broken:1 of 2, 1 broken"]
    assert page.count('<span class="cell broken"') == 3  # the clause, its subject, its target
    assert re.search(r"prefers-color-scheme: dark[^}]*--broken-bg", page, re.DOTALL)


def test_folders_stand_below_the_sum_of_their_area(tmp_path):
    subjects = ("packet/rings/setup", "packet/bind", "packet/rings/v3", "races", "packet/rings/setup")
    results = [result(f"test_{number}", subject=subject) for number, subject in enumerate(subjects)]
    made = matrix.matrix_of({"host": written(tmp_path, [*results, result("test_bad", "fail", subject="packet/bind")])})

    text = matrix.text(made).splitlines()
    page = Page(matrix.write(made, tmp_path / "index.html").read_text())

    assert [" ".join(line.split()) for line in text[1:7]] == [
        "packet 4 of 5, 1 broken",
        "bind 1 of 2, 1 broken",
        "rings / setup 2 of 2",
        "rings / v3 1 of 1",
        "races 1 of 1",
        "all 5 of 6, 1 broken",
    ]
    assert [line.index(line.strip()) for line in text[1:6]] == [0, 2, 2, 2, 0]
    assert page.rows["rings / setup"] == ["held:2 of 2"]
    assert [attributes["class"] for tag, attributes in page.elements if tag == "tr" and "class" in attributes] == [
        "sum",
        *["inside"] * 3,
    ]


def test_why_a_target_gave_nothing_is_told(page, kernels):
    assert f"qemu-7.2 is not proven: {REASON}" in Page(page).text
    assert "uml-6.1 is not proven" not in Page(page).text
    assert REASON not in page  # escaped
    assert f"Not proven: {REASON}" in Page(html.render(kernels["qemu-7.2"])).text


def test_every_kernel_is_said_only_where_every_one_was_proven(tmp_path):
    held = {name: written(tmp_path / name, [result("test_one")]) for name in ("host", "uml-6.1")}
    said = lambda runs: Page(matrix.write(matrix.matrix_of(runs), tmp_path / "index.html").read_text()).text  # noqa: E731
    assert "is held on every kernel." in said(held)

    partly = {**held, "qemu-7.2": written(tmp_path / "qemu-7.2", [], interrupted=True, problem=REASON)}

    assert "every kernel" not in said(partly)
    assert "is held on host, uml-6.1; not proven: qemu-7.2." in said(partly)
    assert "not proven: qemu-7.2\n" in matrix.text(matrix.matrix_of(partly))


def test_a_night_on_which_nothing_could_be_had_has_a_page(tmp_path):
    runs = {"a": written(tmp_path / "a", [], problem="first"), "b": written(tmp_path / "b", [], problem="second")}

    text = Page(matrix.write(matrix.matrix_of(runs), tmp_path / "index.html").read_text()).text

    assert "a is not proven: first" in text
    assert "b is not proven: second" in text
    assert "all" not in matrix.text(matrix.matrix_of(runs)).split()


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"host": "pass", "uml-6.1": "pass"}, "2 kernels break none of 1 clause"),
        ({"host": "pass", "uml-6.1": "fail"}, "uml-6.1 breaks 1 of 1 clause"),
        ({"a": "fail", "b": "fail", "c": "error"}, "a breaks 1; b breaks 1 of 1 clause; 1 not tried on c"),
        (dict.fromkeys("abcd", "fail"), "4 of 4 kernels break some of 1 clause"),
        (dict.fromkeys("abcd", "error"), "4 kernels break none of 1 clause; some not tried on 4"),
    ],
)
def test_the_headline_tells_how_the_kernels_fared(tmp_path, verdicts, said):
    runs = {name: written(tmp_path / name, [result(verdict=verdict)]) for name, verdict in verdicts.items()}

    assert matrix.matrix_of(runs).headline == said


def test_the_headline_tells_what_is_not_proven(kernels):
    assert matrix.matrix_of(kernels).headline == "uml-6.1 breaks 1 of 2 clauses; qemu-7.2 not proven"
    assert matrix.matrix_of({"qemu-7.2": kernels["qemu-7.2"]}).headline == "Nothing was proven on 1 kernel"


def test_of_thousands_of_clauses_few_are_drawn(tmp_path):
    results = [result(f"test_{number:04}", "fail" if number < 700 else "pass") for number in range(3000)]
    runs = {name: written(tmp_path / name, results) for name in ("host", "uml-6.1")}

    page = Page(matrix.write(matrix.matrix_of(runs), tmp_path / "index.html").read_text())

    assert len(page.elements) < 200 * 10
    assert len(page.data["lines"]) == 3000
    (left,) = (attributes["data-lines"] for _, attributes in page.elements if "data-lines" in attributes)
    assert left.split(",") == [str(number) for number in range(200, 700)]
    assert [page.data["states"][standing][1] for standing in page.data["lines"][0][2]] == ["broken"] * 2
