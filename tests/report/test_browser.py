"""The page in a real browser: no error, no request, and a table that works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.formats.html import render_html
from auditor.report.view import build_view
from tests.browser import Browser


@pytest.fixture(scope="module")
def html(mail_audit: Audit, mail_run: RunSummary) -> str:
    return render_html(build_view(mail_audit, mail_run))


@pytest.fixture(scope="module")
def page(browser: Browser, html: str, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html, "utf-8")
    browser.open(file)
    return browser


def lines(page: Browser) -> list[str]:
    script = "[...document.querySelectorAll('.findings tbody tr:not([hidden]) td:first-child')].map(c => c.textContent)"
    found: list[str] = page.run(script)
    return found


def status(page: Browser) -> str:
    text: str = page.run("document.querySelector('[role=status]').textContent")
    return text


def test_no_error_and_no_request(page: Browser) -> None:
    assert page.run("document.querySelectorAll('svg').length") > 50
    assert page.run("[...document.querySelectorAll('.icon use')].every(e => document.querySelector(e.href.baseVal))")
    assert page.of("Log.entryAdded") == []
    assert page.of("Runtime.exceptionThrown") == []
    assert page.of("Runtime.consoleAPICalled") == []
    requests = [event["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert len(requests) == 1 and requests[0].startswith("file://")


def test_style_and_script_are_let_through_by_their_hashes(page: Browser) -> None:
    assert page.run("getComputedStyle(document.querySelector('.tiles')).display") == "grid"
    assert page.run("document.querySelector('.tools').hidden") is False


def test_an_injected_script_does_not_run(page: Browser) -> None:
    page.run(
        "window.hit = 0; const s = document.createElement('script'); s.textContent = 'window.hit = 1';"
        "document.body.append(s); s.remove();"
    )
    assert page.run("window.hit") == 0


def test_search_filter_and_paging(page: Browser) -> None:
    assert len(lines(page)) == 25 and status(page) == "Lines: 458 · page 1 of 19"
    page.run("const code = document.querySelector('select[name=code]'); code.value = 'PII003'; code.onchange()")
    assert lines(page) == ["3100"] and status(page) == "Lines: 1 · page 1 of 1"
    page.run("code.value = ''; code.onchange(); document.querySelectorAll('.pager button')[1].click()")
    assert status(page) == "Lines: 458 · page 2 of 19"
    page.run("const box = document.querySelector('input[type=search]'); box.value = 'mortgage'; box.oninput()")
    assert lines(page) == [str(row) for row in range(1000, 1006)]
    assert page.run("document.querySelector('.no-match').hidden") is True
    page.run("box.value = 'in no row at all'; box.oninput()")
    assert lines(page) == [] and page.run("document.querySelector('.no-match').hidden") is False
    page.run("box.value = ''; box.oninput()")
    assert page.run("document.querySelector('.no-match').hidden") is True


def test_sorting_is_numeric_and_announced(page: Browser) -> None:
    page.run("const heads = document.querySelectorAll('.findings th'); heads[0].querySelector('button').click()")
    assert lines(page)[:4] == ["all", "all", "17", "18"]
    assert page.run("heads[0].getAttribute('aria-sort')") == "ascending"
    page.run("heads[0].querySelector('button').click()")
    assert lines(page)[0] == "3100"
    assert page.run("heads[0].getAttribute('aria-sort')") == "descending"


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_nothing_sticks_out_sideways(page: Browser, width: int) -> None:
    page.resize(width)
    assert page.run("document.documentElement.scrollWidth") <= width
    outside = page.run(
        "[...document.querySelectorAll('.card, .tile, .plot, .bars')].filter(e => "
        "!e.closest('.scroll') && e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
    )
    assert outside == []


@pytest.mark.parametrize("width", [320, 768, 1400])
def test_outcomes_and_class_counts_are_seen_without_scrolling(page: Browser, width: int) -> None:
    page.resize(width)
    hidden = page.run(
        "[...document.querySelectorAll('.clauses .state, .metrics .state, .side-by-side td')].filter(e => {"
        "const box = e.closest('.scroll').getBoundingClientRect();"
        "return e.getBoundingClientRect().right > box.right + 1}).map(e => e.textContent)"
    )
    assert hidden == []
    widths = page.run("[...document.querySelectorAll('.tiles .tile')].map(e => Math.round(e.offsetWidth))")
    assert max(widths) < 2 * min(widths), "no tile is twice as wide as another"


def clicked(page: Browser, selector: str) -> str:
    """The address after a click on the first element of `selector`, once the page has followed it."""
    page.run(f"document.querySelector({selector!r}).click()")
    return settled(page)


def settled(page: Browser) -> str:
    page.send(
        "Runtime.evaluate", awaitPromise=True,
        expression="new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))",
    )  # fmt: skip
    found: str = page.run("location.hash")
    return found


@pytest.fixture
def fresh(page: Browser) -> Browser:
    """The page as it is after it was opened: no filter, no address within it, 1280 pixels."""
    page.resize(1280)
    page.run("localStorage.clear(); history.replaceState(null, '', location.pathname)")
    page.events.clear()
    page.send("Page.reload")
    while not page.of("Page.loadEventFired"):
        page.run("0")
    return page


BODY = "document.querySelector('.findings tbody').innerHTML"


def test_the_script_draws_the_lines_as_they_stand_in_the_html(fresh: Browser, html: str) -> None:
    body = html.split('<table class="plain findings">')[1].split("<tbody>")[1].split("</tbody>")[0]
    drawn = (
        "[...document.querySelectorAll('.findings tbody tr')].map(line => {"
        " const copy = line.cloneNode(true);"
        " for (const link of copy.querySelectorAll('a')) { link.removeAttribute('data-to');"
        "   if (link.hash.startsWith('#findings')) link.setAttribute('href', '#findings'); }"
        " return copy.outerHTML })"
    )
    as_html = (
        f"(() => {{ const page = new DOMParser().parseFromString({json.dumps(html)}, 'text/html');"
        " return [...page.querySelectorAll('.findings tbody tr')].map(line => {"
        " for (const link of line.querySelectorAll('a')) link.removeAttribute('data-to');"
        " return line.outerHTML }) })()"
    )
    assert fresh.run(drawn) == fresh.run(as_html) and body.count("<tr>") == 25


def test_a_code_leads_to_its_lines_and_a_line_to_its_twin_and_cluster(fresh: Browser) -> None:
    assert clicked(fresh, "#code-DUP002 > a") == "#findings&code=DUP002"
    assert status(fresh) == "Lines: 60 · page 1 of 3"
    assert fresh.run("Math.abs(document.querySelector('#findings').getBoundingClientRect().top)") < 100
    twin = fresh.run("document.querySelector('.findings tbody a[href*=\"row=\"]').textContent")
    assert clicked(fresh, '.findings tbody a[href*="row="]') == f"#findings&row={twin}"
    assert status(fresh) == "Lines: 1 · page 1 of 1"
    assert fresh.run("document.querySelector('.chip').textContent").startswith(f"Row {twin} ")
    fresh.run("const level = document.querySelector('select[name=severity]'); level.value = 'warn'; level.onchange()")
    assert settled(fresh) == f"#findings&row={twin}&severity=warn" and status(fresh) == "Lines: 1 · page 1 of 1"
    fresh.run("level.value = ''; level.onchange(); document.querySelector('.chip').click()")
    assert settled(fresh) == "#findings" and fresh.run("document.querySelector('.chip').hidden") is True
    assert clicked(fresh, '.findings tbody a[href^="#code-"]').startswith("#code-")
    assert fresh.run("document.querySelector(location.hash + ' > details').open") is True


def test_the_state_is_in_the_address_and_back_goes_back(fresh: Browser) -> None:
    fresh.run("const pick = document.querySelector('select[name=severity]'); pick.value = 'warn'; pick.onchange()")
    fresh.run("document.querySelectorAll('.pager button')[1].click()")
    fresh.run("document.querySelector('.findings th:first-child button').click()")
    assert settled(fresh) == "#findings&severity=warn&sort=1"
    drawn = fresh.run(BODY)
    fresh.run("history.back()")
    assert settled(fresh) == "#findings&severity=warn&page=2" and "page 2" in status(fresh)
    assert fresh.run("document.querySelector('.findings th').getAttribute('aria-sort')") == "none"
    fresh.run("history.forward()")
    assert settled(fresh) == "#findings&severity=warn&sort=1" and fresh.run(BODY) == drawn
    fresh.events.clear()
    fresh.send("Page.reload")
    while not fresh.of("Page.loadEventFired"):
        fresh.run("0")
    assert fresh.run(BODY) == drawn and fresh.run("document.querySelector('select[name=severity]').value") == "warn"
    assert clicked(fresh, ".findings th button") == "#findings&severity=warn&sort=-1"
    highest = lines(fresh)[0]
    fresh.run("history.back()")
    assert settled(fresh) == "#findings&severity=warn&sort=1" and lines(fresh)[0] != highest
    fresh.run("history.forward()")
    assert settled(fresh) == "#findings&severity=warn&sort=-1" and lines(fresh)[0] == highest


def test_an_address_of_another_page_does_no_harm(fresh: Browser) -> None:
    fresh.run("location.hash = '#findings&code=XYZ&sort=99&page=-4&row=<img>&search=%E0%A4%A'")
    settled(fresh)
    assert lines(fresh) == [] and fresh.run("document.querySelectorAll('.tools img').length") == 0
    fresh.run("location.hash = '#no-such-place'")
    settled(fresh)
    assert fresh.of("Runtime.exceptionThrown") == []


def test_every_section_is_there_when_it_is_jumped_to(fresh: Browser) -> None:
    for place in fresh.run("[...document.querySelectorAll('.menu a')].map(link => link.hash)"):
        clicked(fresh, f'.menu a[href="{place}"]')
        settled(fresh)
        top, bottom = fresh.run(
            f"(box => [box.top, box.bottom])(document.querySelector('{place}').getBoundingClientRect())"
        )
        assert top < 400 and bottom > 0, place


def test_the_theme_changes_and_stays(fresh: Browser) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = fresh.run(paper)
    clicked(fresh, ".theme")
    dark = fresh.run(paper)
    assert dark != light and fresh.run("document.querySelector('.theme').textContent") == "Light page"
    clicked(fresh, ".theme")
    assert fresh.run(paper) == light


def test_a_reader_changes_the_order_and_leaves_nothing_out(fresh: Browser) -> None:
    ids = "[...document.querySelectorAll('main > section')].map(section => section.id)"
    menu = "[...document.querySelectorAll('.menu a')].map(link => link.hash.slice(1))"
    usual = fresh.run(ids)
    assert fresh.run(menu) == usual
    pick = "const who = document.querySelector('select[name=reader]'); who.value = 'officer'; who.onchange()"
    fresh.run(pick)
    laws = [place for place in usual if place.startswith("law-")]
    assert fresh.run(ids)[: len(laws) + 3] == ["overview", "privacy", *laws, "changes"] and laws
    assert fresh.run(menu) == fresh.run(ids) and sorted(fresh.run(ids)) == sorted(usual)
    assert fresh.run("document.querySelectorAll('#privacy .codes details:not([open])').length") == 0
    fresh.run("who.value = 'all'; who.onchange()")
    assert fresh.run(ids) == usual
    assert fresh.run("document.querySelector('main').lastElementChild.tagName") == "FOOTER"


def test_details_are_open_in_print_and_shut_again(fresh: Browser) -> None:
    shut = fresh.run("document.querySelectorAll('details:not([open])').length")
    fresh.run("dispatchEvent(new Event('beforeprint'))")
    assert shut > 5 and fresh.run("document.querySelectorAll('details:not([open])').length") == 0
    fresh.run("dispatchEvent(new Event('afterprint'))")
    assert fresh.run("document.querySelectorAll('details:not([open])').length") == shut


def test_without_a_script_nothing_is_hidden_and_the_rest_is_named(
    browser: Browser, mail_audit: Audit, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render_html(build_view(mail_audit)), "utf-8")
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(file)
    browser.send("DOM.enable")
    root = browser.send("DOM.getDocument")["root"]["nodeId"]

    def count(selector: str) -> int:
        return len(browser.send("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"])

    note = browser.send("DOM.querySelector", nodeId=root, selector="noscript")["nodeId"]
    html = browser.send("DOM.getOuterHTML", nodeId=note)["outerHTML"]
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert count(".findings tbody tr") == 25
    assert count(".page") == count(".menu a") - 1
    assert "more lines" in html and "findings.parquet" in html
