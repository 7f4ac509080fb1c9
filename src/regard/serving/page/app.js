// The page: fields from the model's card, a prediction while one types.
// Texts enter the page by textContent only, never as markup.

const PAUSE_MS = 120; // after the last key, before a request
const N_BARS = 10; // of more probabilities, the largest are shown
const N_WORDS = 500; // shown of each text
const MEANING = "The stronger the colour of a word, the larger its weight.";
const MEANING_OF_SIGNS = "Orange words speak for the prediction, green ones against it.";

const element = (id) => document.getElementById(id);
let card;
let timer;
let request; // the AbortController of the request on its way
let latest = 0; // the number of the last request; answers to earlier ones are dropped
let showsAll = false;

function make(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Fields ------------------------------------------------------------------------------------------

function addField(name, control, parent) {
  const field = make("div", undefined, "field");
  const label = make("label");
  control.id = `column-${parent.childElementCount}-${control.tagName}`;
  control.name = name;
  label.htmlFor = control.id;
  label.append(make("span", name));
  if (control.tagName === "TEXTAREA") {
    label.append(make("span", "", "count"));
    control.spellcheck = false;
  }
  const error = make("p", "", "error");
  error.id = `${control.id}-error`;
  error.hidden = true;
  control.setAttribute("aria-describedby", error.id);
  field.append(label, control, error);
  parent.append(field);
}

function addFields() {
  const { texts, numbers, categories } = card.columns;
  const fields = element("fields");
  fields.classList.toggle("several", texts.length > 1);
  for (const name of texts) addField(name, make("textarea"), fields);
  const others = make("div", undefined, "others");
  for (const name of [...numbers, ...categories]) {
    const control = make("input");
    control.type = "text";
    if (numbers.includes(name)) control.inputMode = "decimal";
    addField(name, control, others);
  }
  if (others.childElementCount) fields.append(others);
}

const controls = () => [...element("fields").querySelectorAll("textarea, input")];
const isNumber = (control) => card.columns.numbers.includes(control.name);

function problemOf(control) {
  const length = [...control.value].length; // characters, not UTF-16 units
  const most = card.limits.characters;
  if (control.tagName === "TEXTAREA" && length > most) {
    return `${length.toLocaleString("en")} characters; shorten it to ${most.toLocaleString("en")}.`;
  }
  if (isNumber(control) && Number.isNaN(Number(control.value))) return "Give a number, or nothing.";
  return "";
}

// Show what is wrong with each field, and return whether nothing is.
function checkFields() {
  let good = true;
  for (const control of controls()) {
    const problem = problemOf(control);
    const error = element(`${control.id}-error`);
    error.textContent = problem;
    error.hidden = !problem;
    control.setAttribute("aria-invalid", problem ? "true" : "false");
    const count = control.labels[0].querySelector(".count");
    if (count) count.textContent = control.value ? [...control.value].length.toLocaleString("en") : "";
    good = good && !problem;
  }
  return good;
}

// Requests ----------------------------------------------------------------------------------------

function schedule(pause) {
  clearTimeout(timer);
  request?.abort();
  latest += 1;
  if (!checkFields()) {
    show("Correct the field that is marked.", true);
  } else if (controls().every((control) => control.tagName === "INPUT" || !control.value.trim())) {
    show("Type a text to see its prediction.");
  } else {
    element("result").setAttribute("aria-busy", "true");
    timer = setTimeout(predict, pause, latest);
  }
}

function currentRow() {
  const isText = (control) => control.tagName === "TEXTAREA"; // spaces of a text may matter
  const cell = (control) => (isText(control) ? control.value : control.value.trim());
  return Object.fromEntries(controls().map((control) => [control.name, cell(control)]));
}

function post(row, explain) {
  return fetch("predict", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rows: [row], explain }),
    signal: request.signal,
  });
}

// Show the prediction, and then, as they take longer, the words.
async function predict(number) {
  request = new AbortController();
  const row = currentRow();
  const start = performance.now();
  try {
    const response = await post(row, false);
    const body = await response.json();
    if (number !== latest) return;
    if (response.status === 503) {
      show("The server is busy; trying again.");
      const seconds = Number(response.headers.get("Retry-After")) || 1;
      timer = setTimeout(predict, 1000 * seconds, number);
    } else if (response.ok) {
      showPrediction(body.predictions[0], performance.now() - start);
      if (card.explains) await explain(row, number);
    } else {
      show(body.detail, true);
    }
  } catch (error) {
    if (number === latest) show("The server does not answer; is it still running?", true);
  }
}

async function explain(row, number) {
  const response = await post(row, true);
  const body = await response.json();
  // Without an answer the prediction is shown alone.
  if (number === latest) showWords(response.ok ? body.predictions[0].words : []);
}

// Results -----------------------------------------------------------------------------------------

// Show a line in place of a prediction.
function show(text, isProblem = false) {
  const status = element("status");
  status.textContent = text;
  status.className = isProblem ? "problem" : "";
  element("prediction").hidden = true;
  element("explanation").hidden = true;
  element("result").removeAttribute("aria-busy");
}

function showPrediction(prediction, milliseconds) {
  const decisions = Object.entries(prediction.labels);
  for (const [name, value] of Object.entries(prediction.numbers)) {
    decisions.push([name, Number(value.toPrecision(4)).toString()]);
  }
  const boxes = decisions.map(([name, value]) => {
    const box = make("div", undefined, "decision");
    box.append(make("span", name), make("strong", value));
    return box;
  });
  element("decisions").replaceChildren(...boxes);
  element("decisions").classList.toggle("many", boxes.length > 3);
  showBars(prediction);
  element("explanation").setAttribute("aria-busy", "true"); // its words are of the text before
  element("time").textContent = `${Math.round(milliseconds)} ms`;
  // The status is read aloud; the same is seen below, so it is not shown twice.
  element("status").textContent = spoken(decisions, prediction.probabilities);
  element("status").className = "spoken";
  element("prediction").hidden = false;
  element("result").removeAttribute("aria-busy");
}

function spoken(decisions, probabilities) {
  const shares = Object.entries(probabilities).sort((one, other) => other[1] - one[1]).slice(0, 3);
  const parts = [...decisions.map((pair) => pair.join(" ")), ...shares.map(([name, p]) => `${name} ${percent(p)}`)];
  return parts.join(", ");
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;

function showBars({ probabilities, labels }) {
  const isMany = Object.keys(probabilities).length > N_BARS;
  let shares = Object.entries(probabilities);
  if (isMany) shares.sort((one, other) => other[1] - one[1]);
  const n_more = showsAll ? 0 : Math.max(shares.length - N_BARS, 0);
  shares = shares.slice(0, shares.length - n_more);
  const bars = element("bars");
  // Bars that are there already are changed, so that they move instead of flicker.
  while (bars.childElementCount > shares.length) bars.lastChild.remove();
  while (bars.childElementCount < shares.length) bars.append(makeBar());
  const chosen = new Set(Object.values(labels));
  shares.forEach(([name, share], number) => {
    const bar = bars.children[number];
    const isPositive = Object.hasOwn(labels, name) && labels[name] === card.positive_value;
    bar.classList.toggle("chosen", isPositive || chosen.has(name));
    bar.querySelector(".name").textContent = name;
    bar.querySelector(".bar").style.transform = `scaleX(${share})`;
    bar.querySelector(".share").textContent = percent(share);
  });
  element("more").hidden = !isMany;
  element("more").textContent = showsAll ? `Show the first ${N_BARS}` : `Show ${n_more} more`;
}

function makeBar() {
  const bar = make("li");
  const track = make("span", undefined, "track");
  track.setAttribute("aria-hidden", "true");
  track.append(make("span", undefined, "bar"));
  bar.append(make("span", "", "name"), track, make("span", "", "share"));
  return bar;
}

function showWords(words) {
  const hasSigns = words.some((word) => word.weight < 0);
  element("meaning").textContent = hasSigns ? MEANING_OF_SIGNS : MEANING;
  element("explanation").removeAttribute("aria-busy");
  element("explanation").hidden = !words.length;
  const parts = card.columns.texts.flatMap((column) => {
    const own = words.filter((word) => word.column === column);
    if (!own.length) return [];
    const heading = card.columns.texts.length > 1 ? [make("h3", column)] : [];
    return [...heading, shaded(own)];
  });
  element("words").replaceChildren(...parts);
}

function shaded(words) {
  const paragraph = make("p");
  // The weights of a text sum to one, so they are shaded relative to the largest.
  const largest = words.reduce((most, word) => Math.max(most, Math.abs(word.weight)), 0) || 1;
  for (const { word, weight } of words.slice(0, N_WORDS)) {
    const span = make("span", word, weight < 0 ? "against" : "");
    span.style.setProperty("--w", (Math.abs(weight) / largest).toFixed(3));
    span.title = weight.toFixed(4);
    paragraph.append(span, " ");
  }
  if (words.length > N_WORDS) paragraph.append(make("i", `… ${words.length - N_WORDS} more words`));
  return paragraph;
}

// Start -------------------------------------------------------------------------------------------

function showCard() {
  document.title = `${card.competition}: Regard`;
  element("run").textContent = card.name;
  element("competition").textContent = card.competition;
  const score = card.oof_score === null ? "undefined" : card.oof_score.toFixed(4);
  const facts = { task: card.task.replaceAll("_", " "), [card.metric]: score, folds: card.n_folds };
  for (const [name, value] of Object.entries(facts)) {
    const fact = make("div");
    fact.append(make("dt", name), make("dd", value));
    element("facts").append(fact);
  }
  const { texts, numbers, categories } = card.columns;
  const row = Object.fromEntries(texts.map((name) => [name, "..."]));
  for (const name of numbers) row[name] = 1;
  for (const name of categories) row[name] = "...";
  element("example").textContent =
    `curl ${new URL("predict", location.href)} \\\n  -H "Content-Type: application/json" \\\n` +
    `  -d '${JSON.stringify({ rows: [row] })}'`;
}

async function start() {
  try {
    card = await (await fetch("model")).json();
  } catch (error) {
    show("The server does not answer; is it still running?", true);
    return;
  }
  showCard();
  addFields();
  const form = element("form");
  form.addEventListener("input", () => schedule(PAUSE_MS));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    setTimeout(schedule, 0, 0); // once the fields are empty
    controls()[0].focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) schedule(0);
  });
  element("more").addEventListener("click", () => {
    showsAll = !showsAll;
    schedule(0);
  });
  controls()[0].focus();
  schedule(0); // a browser may have kept texts over a reload
}

start();
