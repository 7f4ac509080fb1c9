"use strict";
// The browser of explained rows: a list that is searched and sorted, and the words of one row.
// Texts of the data reach the page by textContent alone, so markup in them is shown as text.
(() => {
  const ROWS_PER_PAGE = 50;
  const N_LARGEST = 8;
  const EXCERPT = 90; // characters of a row in the list
  const MEAN = "mean";

  if (!document.getElementById("browser")) return; // a run without explained rows

  const element = (name) => document.getElementById(`browser-${name}`);
  const data = JSON.parse(element("data").textContent);
  const filters = element("filters").elements;
  const choices = Object.fromEntries(
    [...element("choices").querySelectorAll("select")].map((select) => [select.name, select]),
  );
  const list = element("list");

  let found = data.rows; // the rows that pass the filters, in order
  let start = 0; // of the page, in `found`
  let chosen = 0; // the index of the chosen row in `found`
  // The last choices of the reader, which are kept from row to row where a row has them.
  const wanted = { method: "", model: MEAN, head: MEAN };

  function make(tag, text = "", name = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  function fill(select, options, value) {
    select.replaceChildren(...options.map(([key, title]) => new Option(title, key)));
    const keys = options.map(([key]) => String(key));
    select.value = keys.includes(String(value)) ? value : keys[0];
    select.disabled = options.length < 2;
  }

  // The list --------------------------------------------------------------------------------------

  const textOf = (row) => row.texts[0].map(([, words]) => words.join("")).filter((text) => text.trim()).join(" · ");

  // Lower-case texts, made by the first search.
  const searched = new WeakMap();
  function holds(row, words) {
    if (!words.length) return true;
    if (!searched.has(row)) searched.set(row, `${row.id}\n${textOf(row)}`.toLowerCase());
    return words.every((word) => searched.get(row).includes(word));
  }

  function passes(row, words) {
    const { part, label, guess, result } = filters;
    if (part.value && row.part !== part.value) return false;
    if (label.value && !(row.labels ?? []).includes(Number(label.value))) return false;
    if (guess.value && !row.guesses.includes(Number(guess.value))) return false;
    if (result.value && row.right !== (result.value === "right")) return false;
    return holds(row, words);
  }

  function inOrder(rows) {
    const sign = { worst: 1, best: -1 }[filters.order.value];
    if (!sign) return rows;
    // Test rows, whose labels are not known, come last.
    const key = (row) => (row.correctness === undefined ? Infinity : sign * row.correctness);
    return [...rows].sort((one, other) => key(one) - key(other) || 0);
  }

  function search() {
    const words = filters.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = inOrder(data.rows.filter((row) => passes(row, words)));
    chosen = 0;
    const all = data.rows.length.toLocaleString("en");
    const isAll = found.length === data.rows.length;
    element("count").textContent = isAll
      ? `${all} rows`
      : `${found.length.toLocaleString("en")} of ${all} rows`;
    element("reset").hidden = isAll;
    showList();
    showRow();
  }

  function showList() {
    start = chosen - (chosen % ROWS_PER_PAGE);
    const end = Math.min(start + ROWS_PER_PAGE, found.length);
    list.replaceChildren(...found.slice(start, end).map((row, number) => item(row, start + number)));
    element("pager").hidden = found.length <= ROWS_PER_PAGE;
    element("page").textContent = `${start + 1} to ${end}`;
    element("back").disabled = start === 0;
    element("next").disabled = end === found.length;
    mark();
  }

  function item(row, index) {
    const made = make("li");
    made.id = `browser-item-${index}`;
    made.role = "option";
    const facts = make("span", "", "row");
    facts.append(make("code", row.id));
    if (row.right === false) facts.append(make("b", "wrong", "warm"));
    facts.append(make("span", `${row.true ?? "test"} → ${row.predicted}`));
    const text = textOf(row).trim();
    const letters = [...text.slice(0, 2 * EXCERPT)]; // a letter may be two units of a string
    const excerpt = make("span", letters.slice(0, EXCERPT).join(""));
    if (letters.length > EXCERPT) excerpt.append(" …");
    excerpt.dir = "auto";
    made.append(facts, text ? excerpt : make("i", "no text"));
    made.addEventListener("click", () => choose(index));
    return made;
  }

  function mark() {
    for (const child of list.children) {
      child.setAttribute("aria-selected", String(child.id === `browser-item-${chosen}`));
    }
    const current = document.getElementById(`browser-item-${chosen}`);
    if (!current) return list.removeAttribute("aria-activedescendant");
    list.setAttribute("aria-activedescendant", current.id);
    // Only the list scrolls, not the page.
    if (current.offsetTop < list.scrollTop) list.scrollTop = current.offsetTop;
    const below = current.offsetTop + current.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  }

  function choose(index) {
    chosen = Math.max(0, Math.min(index, found.length - 1));
    if (chosen < start || chosen >= start + ROWS_PER_PAGE) showList();
    else mark();
    showRow();
  }

  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  function press(event) {
    if (!(event.key in STEPS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(chosen + STEPS[event.key]);
  }

  // The words of a row ----------------------------------------------------------------------------

  const method = () => data.methods[Number(choices.method.value)];

  function showRow() {
    const row = found[chosen];
    element("row").hidden = !row;
    if (!row) return;
    const known = data.methods.map(({ name, title }, number) => [number, title, name]);
    const own = known.filter(([, , name]) => name in row.methods);
    fill(choices.method, own, wanted.method);
    const weighed = row.methods[method().name];
    const models = row.models.map((model, number) => [number, data.models[model]]);
    const isTest = row.true === undefined;
    const mean = models.length > 1 ? [[MEAN, `mean of ${models.length} models`]] : [];
    const names = isTest ? models : models.map(([key, title]) => [key, `${title}, not trained on it`]);
    fill(choices.model, [...mean, ...names], wanted.model);
    const heads = [...Array(weighed.heads).keys()].map((head) => [head, `head ${head + 1}`]);
    fill(choices.head, heads.length > 1 ? [[MEAN, `mean of ${heads.length} heads`], ...heads] : heads, wanted.head);
    choices.head.parentElement.hidden = heads.length < 2;
    showFacts(row);
    showWords(row, weighed);
  }

  function showFacts(row) {
    const facts = [make("code", row.id), make("span", row.part)];
    const add = (name, value, style) => {
      const fact = make("span", `${name} `);
      fact.append(make("b", value, style));
      facts.push(fact);
    };
    if (row.true !== undefined) add("true", row.true);
    add("predicted", row.predicted, row.right === false ? "warm" : "");
    if (row.correctness !== undefined) add(data.caption, String(Math.abs(row.correctness)));
    element("facts").replaceChildren(...facts);
  }

  // The weights of the chosen model and head; the mean over those that are not chosen.
  function weightsOf(row, weighed) {
    const bytes = Uint8Array.from(atob(weighed.bytes), (char) => char.charCodeAt(0));
    const levels = new Int8Array(bytes.buffer);
    const n = weighed.scales.length ? levels.length / weighed.scales.length : 0;
    const all = (value, count) => (value === MEAN ? [...Array(count).keys()] : [Number(value)]);
    const views = all(choices.model.value, row.models.length).flatMap((model) =>
      all(choices.head.value, weighed.heads).map((head) => model * weighed.heads + head),
    );
    const weights = new Float64Array(n);
    for (const view of views) {
      const unit = weighed.scales[view] / 127 / views.length;
      for (let word = 0; word < n; word++) weights[word] += unit * levels[view * n + word];
    }
    return weights;
  }

  function showWords(row, weighed) {
    const weights = weightsOf(row, weighed);
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
    const shown = [];
    const parts = [];
    for (const [column, words] of row.texts[weighed.texts]) {
      if (data.columns.length > 1) parts.push(make("h3", data.columns[column]));
      const paragraph = make("p", words.length ? "" : "no text", "words");
      paragraph.dir = "auto";
      for (const piece of words) {
        const word = piece.trimStart();
        const weight = weights[shown.length];
        paragraph.append(piece.slice(0, piece.length - word.length), shaded(word, weight, largest));
        shown.push([word, weight]);
      }
      parts.push(paragraph);
    }
    element("texts").replaceChildren(...parts);
    showLegend();
    showLargest(shown);
    element("faithfulness").textContent = method().faithfulness;
  }

  function shaded(word, weight, largest) {
    const span = make("span", word, weight < 0 ? "against" : "");
    span.style.setProperty("--w", (Math.abs(weight) / largest).toFixed(3));
    span.title = written(weight);
    return span;
  }

  // Numbers are read aloud and copied, so the sign is the one of a keyboard.
  const written = (weight) => (weight === 0 ? "0" : weight.toPrecision(2));

  function showLegend() {
    const { meaning, signed } = method();
    const sample = (name, text) => {
      const span = make("span", text, name);
      span.style.setProperty("--w", "1");
      return span;
    };
    const [above, below] = data.labels.length
      ? ["for the prediction", "against it, underlined"]
      : ["raises the number", "lowers it, underlined"];
    const keys = signed
      ? [sample("", above), " ", sample("against", below)]
      : [sample("", "largest weight")];
    const legend = make("span", "", "words");
    legend.append(...keys);
    element("legend").replaceChildren(legend, ` ${meaning}.`);
  }

  // For readers who do not see the colours, and for those who want the figures.
  function showLargest(shown) {
    const most = shown
      .filter(([, weight]) => weight !== 0)
      .sort(([, one], [, other]) => Math.abs(other) - Math.abs(one))
      .slice(0, N_LARGEST);
    const parts = most.flatMap(([word, weight], number) => {
      const isolated = make("bdi", word);
      return [number ? ", " : "", isolated, ` ${written(weight)}`];
    });
    element("largest").replaceChildren(most.length ? "Largest weights: " : "No word has a weight.", ...parts);
  }

  // Start -----------------------------------------------------------------------------------------

  function hideUseless() {
    const has = {
      part: new Set(data.rows.map((row) => row.part)).size > 1,
      label: data.labels.length && data.rows.some((row) => row.labels),
      guess: data.labels.length > 0,
      result: data.rows.some((row) => row.right !== undefined),
      order: data.rows.some((row) => row.correctness !== undefined),
    };
    for (const [name, isUseful] of Object.entries(has)) filters[name].parentElement.hidden = !isUseful;
  }

  for (const name of ["label", "guess"]) {
    filters[name].append(...data.labels.map((label, number) => new Option(label, number)));
  }
  hideUseless();
  element("filters").addEventListener("input", search);
  element("filters").addEventListener("submit", (event) => event.preventDefault());
  element("reset").addEventListener("click", () => {
    element("filters").reset();
    search();
    filters.search.focus();
  });
  element("back").addEventListener("click", () => choose(start - ROWS_PER_PAGE));
  element("next").addEventListener("click", () => choose(start + ROWS_PER_PAGE));
  list.addEventListener("keydown", press);
  element("choices").addEventListener("input", (event) => {
    wanted[event.target.name] = event.target.value;
    showRow();
  });
  // The links of other sections to a row: it is shown even if filters hide it.
  for (const link of document.querySelectorAll("a[data-row]")) {
    link.hash = "browser-row";
    link.addEventListener("click", () => {
      element("filters").reset();
      search();
      choose(found.indexOf(data.rows[Number(link.dataset.row)]));
    });
  }
  element("static").hidden = true;
  document.getElementById("browser").hidden = false;
  search();
})();
