// The page of phones: draws what the sandbox tells it, and sends what people type. No framework, no outside.

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ps", "ur", "yi", "dv", "ckb"]);
const FATES = {
  received: {
    on_its_way: ["✓", "on its way"],
    delivered: ["✓✓", "delivered"],
    lost: ["✕", "lost on the way"],
    undelivered: ["✕", "not delivered"],
    expired: ["✕", "expired"],
  },
  written: {
    on_its_way: ["✓", "sent"],
    delivered: ["✓✓", "taken"],
    unheard: ["✕", "the court did not take it"],
  },
};
const POLL_EVERY = 2000; // milliseconds
const WORD_STAYS = 10000;

const $ = (selector, within = document) => within.querySelector(selector);
const copy = (id) => $(`#${id}`).content.firstElementChild.cloneNode(true);
const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const languageName = (tag) => {
  try { return new Intl.DisplayNames([tag], { type: "language", languageDisplay: "standard" }).of(tag); } catch { return tag; }
};

const barTime = () => courtTime.replace(/ [AP]M$/, "");
const printed = (number) => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");

const phones = new Map(); // number → its article
let courtTime = ""; // as "9:41 AM"
let chosen = null; // the id of the chosen hearing
let busy = false;

// --- asking the sandbox ------------------------------------------------------------------------------------------

async function wish(path, content) {
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content),
    });
    const said = await answer.json();
    if (answer.ok) return said;
    tell(said.detail ?? "That did not work.", true);
  } catch {
    tell("The sandbox does not answer.", true);
  }
  return null;
}

function tell(text, bad = false) {
  const word = $("#word");
  word.classList.toggle("bad", bad);
  say(word, text);
  clearTimeout(tell.fading);
  tell.fading = setTimeout(() => say(word, ""), WORD_STAYS);
}

async function wishOfCourt(button, path, content, doing, done) {
  if (busy || button.getAttribute("aria-disabled") === "true") return;
  busy = true;
  tell(doing);
  const court = await wish(path, content);
  if (court) {
    drawCourt(court);
    tell(done());
  }
  busy = false;
}

// --- phones ------------------------------------------------------------------------------------------------------

function drawPhone(told) {
  let phone = phones.get(told.number);
  if (!phone) {
    phone = newPhone(told);
    phones.set(told.number, phone);
    $("#phones").append(phone);
    $("#nobody").hidden = true;
  }
  phone.classList.toggle("off", !told.on);
  const power = $(".power", phone);
  power.setAttribute("aria-pressed", String(told.on));
  say(power, told.channel === "sms" ? (told.on ? "On" : "Off") : (told.on ? "Bot allowed" : "Bot blocked"));
  drawBubbles($(".log", phone), told);
}

function newPhone(told) {
  const phone = copy("phone");
  const name = told.owner || printed(told.number);
  const sms = told.channel === "sms";
  phone.classList.add(told.channel);
  phone.dataset.number = told.number;
  const title = $("h3", phone);
  title.id = `owner-${told.number.replace(/\W/g, "")}`;
  phone.setAttribute("aria-labelledby", title.id);
  say($(".owner", phone), name);
  say($(".channel", phone), sms ? `SMS ${printed(told.number)}` : "Telegram");
  const language = $(".language", phone);
  language.lang = told.language;
  say(language, languageName(told.language));
  $(".power", phone).setAttribute("aria-label", sms ? `Phone of ${name} is on` : `${name} lets the bot write`);
  const screen = $(".screen", phone);
  screen.dir = RIGHT_TO_LEFT.has(told.language.split("-")[0]) ? "rtl" : "ltr";
  screen.lang = told.language;
  say($(".peer", phone), sms ? "Court" : "Usher");
  say($(".bar-time", phone), barTime());
  $(".log", phone).setAttribute("aria-label", `Messages of ${name}`);
  say($(".write .out", phone), `Write as ${name}`);
  const send = $(".write button", phone);
  send.setAttribute("aria-label", `Send as ${name}`);
  $("use", send).setAttribute("href", sms ? "#send" : "#plane");
  $("input", phone).placeholder = sms ? "Text message" : "Message";
  return phone;
}

function drawBubbles(log, told) {
  const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const isFirst = log.childElementCount === 0;
  const old = new Map([...log.children].map((item) => [item.dataset.key, item]));
  let day = "";
  let place = log.firstElementChild;
  const put = (item) => {
    if (item === place) place = place.nextElementSibling;
    else log.insertBefore(item, place);
  };
  for (const bubble of told.bubbles) {
    if (bubble.day !== day) {
      day = bubble.day;
      put(old.get(`day ${day}`) ?? newDay(day));
      old.delete(`day ${day}`);
    }
    const item = old.get(bubble.key) ?? newBubble(bubble, !isFirst);
    old.delete(bubble.key);
    drawBubble(item, bubble, told);
    put(item);
  }
  for (const gone of old.values()) gone.remove();
  if (wasAtEnd || isFirst) log.scrollTop = log.scrollHeight;
}

function newDay(day) {
  const item = document.createElement("li");
  item.className = "date";
  item.dataset.key = `day ${day}`;
  item.lang = "en";
  item.dir = "ltr";
  item.textContent = day.replace(/, \d{4}$/, "");
  return item;
}

function newBubble(bubble, arrives) {
  const item = copy("bubble");
  item.dataset.key = bubble.key;
  item.classList.add(bubble.direction);
  item.classList.toggle("new", arrives);
  return item;
}

function drawBubble(item, bubble, told) {
  const ghost = bubble.direction === "received" && bubble.state !== "delivered";
  const [mark, words] = FATES[bubble.direction]?.[bubble.state] ?? ["", ""];
  const failed = mark === "✕";
  item.classList.toggle("ghost", ghost);
  item.classList.toggle("failed", failed && ghost);
  say($(".text", item), bubble.text);
  const meta = $(".meta", item);
  meta.dir = "ltr";
  meta.lang = "en";
  meta.hidden = bubble.direction === "note";
  const time = $("time", item);
  time.dateTime = bubble.iso;
  say(time, bubble.time);
  const fate = $(".fate", item);
  fate.classList.toggle("done", mark === "✓✓");
  fate.classList.toggle("bad", failed);
  const parts = bubble.segments > 1 && told.channel === "sms" ? ` · ${bubble.segments} parts` : "";
  const code = bubble.error ? ` (${bubble.error})` : "";
  say(fate, `${mark} ${words}${code}${parts}${bubble.edited ? " · edited" : ""}`);
  drawKeys($(".keys", item), bubble);
}

function drawKeys(keys, bubble) {
  const shown = JSON.stringify(bubble.buttons);
  if (keys.dataset.shown === shown) return;
  keys.dataset.shown = shown;
  keys.replaceChildren(...bubble.buttons.map((row) => {
    const line = document.createElement("div");
    line.append(...row.map(({ label, action }) => {
      const key = document.createElement("button");
      key.type = "button";
      key.dir = "auto";
      key.textContent = label;
      key.dataset.action = action;
      return key;
    }));
    return line;
  }));
}

$("#phones").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = $("input", event.target);
  const text = input.value;
  if (!text.trim()) return;
  input.value = "";
  const number = event.target.closest(".phone").dataset.number;
  if (!await wish(`/page/phones/${encodeURIComponent(number)}/texts`, { text }) && !input.value) input.value = text;
});

$("#phones").addEventListener("click", (event) => {
  const phone = event.target.closest(".phone");
  const path = phone && `/page/phones/${encodeURIComponent(phone.dataset.number)}`;
  const power = event.target.closest(".power");
  if (power) wish(`${path}/power`, { power: power.getAttribute("aria-pressed") === "true" ? "off" : "on" });
  const key = event.target.closest(".keys button");
  if (!key) return;
  const { action } = key.dataset;
  if (action) wish(`${path}/taps`, { message: key.closest(".bubble").dataset.key, action });
  else wish(`${path}/texts`, { text: key.textContent }); // a reply keyboard's button writes what it says
});

// --- the court ---------------------------------------------------------------------------------------------------

function drawCourt({ clock, sits, hearings }) {
  courtTime = clock.time;
  $("#now").dateTime = clock.iso;
  say($("#now-time"), clock.time);
  say($("#now-zone"), clock.zone);
  say($("#now-day"), clock.day);
  for (const bar of document.querySelectorAll(".bar-time")) say(bar, barTime());
  $("#clock-buttons").hidden = !sits;
  $("#docket").hidden = !sits;
  drawDocket(hearings);
}

function drawDocket(hearings) {
  const list = $("#hearings");
  const old = new Map([...list.children].map((item) => [item.dataset.id, item]));
  if (!hearings.some(({ id }) => id === chosen)) chosen = hearings[0]?.id ?? null;
  let place = list.firstElementChild;
  for (const hearing of hearings) {
    const item = old.get(String(hearing.id)) ?? copy("hearing");
    old.delete(String(hearing.id));
    drawHearing(item, hearing);
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
  for (const gone of old.values()) gone.remove();
  const actions = hearings.find(({ id }) => id === chosen)?.actions ?? [];
  for (const button of document.querySelectorAll("#court-buttons button")) {
    button.setAttribute("aria-disabled", String(!actions.includes(button.dataset.action)));
  }
  say($("#docket-hint"), hearings.length ? "Choose a hearing, then do what the court would." : "No hearing is on the docket.");
}

function drawHearing(item, hearing) {
  item.dataset.id = hearing.id;
  item.dataset.actions = hearing.actions.join(" ");
  const radio = $("input", item);
  radio.value = hearing.id;
  if (radio.checked !== (hearing.id === chosen)) radio.checked = hearing.id === chosen;
  say($(".case", item), hearing.case);
  say($(".status", item), hearing.status);
  const when = $(".when", item);
  when.dateTime = hearing.iso;
  say(when, hearing.when);
  say($(".where", item), [hearing.room, hearing.people].filter(Boolean).join(" · "));
}

$("#hearings").addEventListener("change", (event) => {
  chosen = Number(event.target.value);
  const actions = event.target.closest(".hearing").dataset.actions.split(" ");
  for (const button of document.querySelectorAll("#court-buttons button")) {
    button.setAttribute("aria-disabled", String(!actions.includes(button.dataset.action)));
  }
});

$("#docket").addEventListener("submit", (event) => event.preventDefault());

$("#clock-buttons").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  wishOfCourt(button, "/page/clock", { step: button.dataset.step }, "The clock is turning…", () => `It is ${courtTime}, ${$("#now-day").textContent}.`);
});

$("#court-buttons").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || chosen === null) return;
  const name = $(`.hearing[data-id="${chosen}"] .case`)?.textContent ?? "";
  wishOfCourt(button, `/page/hearings/${chosen}`, { action: button.dataset.action }, "The court is at work…", () => `${button.textContent}: ${name}. Done.`);
});

// --- news --------------------------------------------------------------------------------------------------------

function link(text, live) {
  const pill = $("#link");
  pill.classList.toggle("live", live);
  say(pill, text);
}

async function poll() {
  try {
    const { phones: all, court } = await (await fetch("/page/state")).json();
    drawCourt(court);
    all.forEach(drawPhone);
    link("Live, by asking", true);
  } catch {
    link("The sandbox is away", false);
  }
  setTimeout(poll, POLL_EVERY);
}

function listen() {
  const news = new EventSource("/page/news");
  news.addEventListener("open", () => link("Live", true));
  news.addEventListener("phone", ({ data }) => drawPhone(JSON.parse(data)));
  news.addEventListener("court", ({ data }) => drawCourt(JSON.parse(data)));
  news.addEventListener("error", () => {
    link("The sandbox is away", false);
    if (news.readyState === EventSource.CLOSED) setTimeout(poll, POLL_EVERY);
  });
}

if ("EventSource" in globalThis) listen();
else poll();
