"""The page of phones in a real browser: by mouse, by keyboard alone, on a narrow screen, in the dark, in contrast."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from aiohttp import ClientSession, encode_basic_auth, web
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox import faults
from bot.sandbox.phones import Bubble, BubbleState, Button, Direction, Phone
from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from domain.delivery import ChannelName
from tests.integration.sandbox.bench import CASE, Bench

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
MARIA, JAMES, OMAR, ANNA, DANIEL, REYES = (
    *("+19075550101", "+19075550102", "7000000103", "7000000104", "+19075550105", "+19075550106"),
)
HOLDERS = {MARIA: ("Maria", "es"), JAMES: ("James", "en"), OMAR: ("Omar", "ar"), ANNA: ("Anna", "ru")} | {
    DANIEL: ("Daniel", "en"),
    REYES: ("Ms. Reyes", "en"),
}
SPOKEN = {"es": "Su audiencia es el jueves.", "en": "Your hearing is on Thursday.", "ru": "Слушание в четверг."} | {
    "ar": "جلستك يوم الخميس."
}
SMALLEST_CONTRAST = """
() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const over = (color, under) => {
    canvas.fillStyle = `rgb(${under.join(' ')})`; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const ground = (element) => {
    const chain = [];
    for (let each = element; each; each = each.parentElement) chain.unshift(getComputedStyle(each).backgroundColor);
    return chain.reduce((under, color) => over(color, under), [255, 255, 255]);
  };
  const light = (rgb) => rgb.map((n) => n / 255).map((n) => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4)
    .reduce((sum, n, at) => sum + n * [0.2126, 0.7152, 0.0722][at], 0);
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const under = ground(element);
    const pair = [light(under), light(over(getComputedStyle(element).color, under))].sort();
    found.push({ ratio: (pair[1] + 0.05) / (pair[0] + 0.05), text: texts.currentNode.data.trim().slice(0, 40) });
  }
  for (const input of document.querySelectorAll('input[placeholder]')) {
    const under = ground(input);
    const pair = [light(under), light(over(getComputedStyle(input, '::placeholder').color, under))].sort();
    found.push({ ratio: (pair[1] + 0.05) / (pair[0] + 0.05), text: input.placeholder });
  }
  return found.sort((a, b) => a.ratio - b.ratio).slice(0, 3);
}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="the system's Chromium is not installed"),
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all of them
]


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox(clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock, pace=0) as sandbox:
        sandbox.sit(Bench(clock))
        for number, (owner, language) in HOLDERS.items():
            channel = ChannelName.SMS if number.startswith("+") else ChannelName.TELEGRAM
            phone = Phone(number=number, channel=channel, owner=owner, language=language, has_written=True)
            sandbox.add_phone(phone).show(_received(SPOKEN[language], clock))
        yield sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    await page.goto(sandbox.url)
    await expect(page.get_by_role("article")).to_have_count(6)
    yield page
    await context.close()
    assert [trouble for trouble in troubles if "409" not in trouble] == []


async def test_six_phones_stand_side_by_side_each_in_its_language(page: Page) -> None:
    for owner, language in HOLDERS.values():
        phone = page.get_by_role("article", name=owner)
        await expect(phone.get_by_role("log")).to_contain_text(SPOKEN[language])
        assert await phone.locator(".screen").get_attribute("lang") == language
    directions = await page.locator(".screen").evaluate_all("all => all.map(each => each.dir)")
    assert directions == ["ltr", "ltr", "rtl", "ltr", "ltr", "ltr"]
    tops = await page.get_by_role("article").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 2, "three in a row on a desk's screen"


async def test_what_a_person_types_is_on_their_phone_and_reaches_the_court(page: Page, sandbox: Sandbox) -> None:
    heard: list[str] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(str((await request.post())["Body"]))
        return web.Response()

    runner = await _listening(take)
    host, port = runner.addresses[0][:2]
    sandbox.post_inbound_to(f"http://{host}:{port}/")
    maria = page.get_by_role("article", name="Maria")

    await maria.get_by_label("Write as Maria").fill("¿A qué hora? <b>1</b>")
    await maria.get_by_role("button", name="Send as Maria").click()

    written = maria.locator(".bubble.written")
    await expect(written.locator(".text")).to_have_text("¿A qué hora? <b>1</b>")
    await expect(written.locator(".meta")).to_contain_text("taken")
    await expect(maria.get_by_label("Write as Maria")).to_have_value("")
    assert heard == ["¿A qué hora? <b>1</b>"]
    await runner.cleanup()


async def test_everything_can_be_done_by_keyboard_alone(page: Page, sandbox: Sandbox) -> None:
    bench = sandbox._page.court
    assert isinstance(bench, Bench)

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the phones")).to_be_focused()
    await _tab_to(page, "+1 day")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").last).to_contain_text("Tuesday, June 2, 2026")

    await _tab_to(page, CASE)
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("button", name="Cancel")).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("ArrowUp")
    await _tab_to(page, "Cancel")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("status").last).to_contain_text(f"Cancel: {CASE}. Done.")
    assert bench.asked == ["advance 1 day, 0:00:00", "cancel 7"]

    await _tab_to(page, "Write as Maria")
    await page.keyboard.type("Voy")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Maria").locator(".bubble.written .text")).to_have_text("Voy")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "focus is seen"


async def test_a_button_of_a_chat_can_be_tapped(page: Page, sandbox: Sandbox, clock: SteppedClock) -> None:
    keys = ((Button("Да", "q:1:1"), Button("Нет", "q:1:2")),)
    sandbox.phone(ANNA).show(_received("Вы придёте?", clock, provider_id="41", buttons=keys))
    sandbox.carrier.watch.touch()
    await page.get_by_role("article", name="Anna").get_by_role("button", name="Да").click()
    url = f"{sandbox.url}/bot{sandbox.identities.telegram_token}/getUpdates"
    async with ClientSession() as session, session.get(url, params={"timeout": "5"}) as answer:
        [update] = (await answer.json())["result"]
    assert update["callback_query"]["data"] == "q:1:1"


async def test_a_text_that_never_came_is_shown_with_its_reason(page: Page, sandbox: Sandbox) -> None:
    sandbox.script.add(faults.LANDLINE, to=REYES)
    await _send(sandbox, REYES, "Can you read this?")
    ghost = page.get_by_role("article", name="Ms. Reyes").locator(".bubble.ghost.failed")
    await expect(ghost).to_contain_text("not delivered (30006)")

    await page.get_by_role("button", name="Phone of Ms. Reyes is on").click()
    await expect(page.get_by_role("button", name="Phone of Ms. Reyes is on")).to_have_attribute("aria-pressed", "false")
    await _send(sandbox, REYES, "Later")
    waiting = page.get_by_role("article", name="Ms. Reyes").locator(".bubble.ghost").last
    await expect(waiting).to_contain_text("on its way")
    await page.get_by_role("button", name="Phone of Ms. Reyes is on").click()
    await expect(page.get_by_role("article", name="Ms. Reyes").locator(".bubble").last).to_contain_text("delivered")


async def test_a_wish_the_court_refuses_is_said_aloud(page: Page, sandbox: Sandbox) -> None:
    bench = sandbox._page.court
    assert isinstance(bench, Bench)
    bench.refuses = "nothing is due"
    await page.get_by_role("button", name="Next message").click()
    await expect(page.get_by_role("status").last).to_have_text("nothing is due")


async def test_a_new_bubble_leaves_the_older_ones_in_place(page: Page, sandbox: Sandbox) -> None:
    first = page.get_by_role("article", name="James").locator(".bubble").first
    await first.evaluate("each => { each.dataset.mark = 'old'; }")
    await _send(sandbox, JAMES, "And another thing.")
    await expect(page.get_by_role("article", name="James").locator(".bubble")).to_have_count(2)
    assert await first.get_attribute("data-mark") == "old", "a screen reader hears the new one only"


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1400])
async def test_no_width_scrolls_sideways(browser: Browser, sandbox: Sandbox, width: int) -> None:
    await _send(sandbox, JAMES, "x" * 300)
    context = await browser.new_context(viewport={"width": width, "height": 700})
    page = await context.new_page()
    await page.goto(sandbox.url)
    await expect(page.get_by_role("article")).to_have_count(6)
    await expect(page.get_by_role("article", name="James").locator(".bubble")).to_have_count(2)
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className)"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.locator("body, .bench, .log, .screen, .hearings").evaluate_all(wide) == []
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_can_be_read_against_its_ground(
    browser: Browser, sandbox: Sandbox, clock: SteppedClock, scheme: Literal["light", "dark"]
) -> None:
    keys = ((Button("Да", "q:1:1"),),)
    for number in (ANNA, JAMES):
        phone = sandbox.phone(number)
        phone.show(_received("?", clock, provider_id="41", buttons=keys))
        for direction in Direction:
            for state in BubbleState:
                phone.show(Bubble(at=clock.now(), direction=direction, text=f"{direction} {state}", state=state))
    sandbox.people.switch(REYES, on=False)
    context = await browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(sandbox.url)
    await expect(page.get_by_role("article")).to_have_count(6)
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()

    worst = await page.evaluate(SMALLEST_CONTRAST)

    assert worst[0]["ratio"] >= 4.5, worst
    await context.close()


async def test_the_page_says_when_the_sandbox_is_away(browser: Browser, clock: SteppedClock) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    async with Sandbox(clock) as sandbox:
        await page.goto(sandbox.url)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await expect(page.get_by_text("Nobody has a phone yet.")).to_be_visible()
    await expect(page.get_by_text("The sandbox is away")).to_be_visible()
    await context.close()


def _received(
    text: str, clock: SteppedClock, *, provider_id: str | None = None, buttons: tuple[tuple[Button, ...], ...] = ()
) -> Bubble:
    return Bubble(
        at=clock.now(),
        direction=Direction.RECEIVED,
        text=text,
        state=BubbleState.DELIVERED,
        provider_id=provider_id,
        buttons=buttons,
    )


async def _send(sandbox: Sandbox, to: str, body: str) -> None:
    """Create a message as a sender would, and wait until it has gone as far as it will."""
    who = sandbox.identities
    url = f"{sandbox.url}/2010-04-01/Accounts/{who.account_sid}/Messages.json"
    headers = {"Authorization": encode_basic_auth(who.account_sid, who.auth_token)}
    form = {"To": to, "From": who.number, "Body": body}
    async with ClientSession(headers=headers) as session, session.post(url, data=form) as answer:
        assert answer.status == 201
    await sandbox.settle()


async def _listening(handler: Callable[[web.Request], Awaitable[web.Response]]) -> web.AppRunner:
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


async def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so; a label's text counts as its name."""
    focused = (
        "() => { const at = document.activeElement;"
        " return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent; }"
    )
    for _ in range(60):
        if name in str(await page.evaluate(focused)).strip():
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"Tab never came to {name!r}")
