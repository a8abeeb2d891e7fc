(() => {
  const { entries, tool } = JSON.parse(document.getElementById("data").textContent);
  const main = document.getElementById("main");
  const ROW = 30;
  /** More lines than this are no picture any more. */
  const MAX_EDGES = 400;
  const WORDS = {
    package: "install",
    base: "in the base",
    implied: "implied",
    copied: "must be copied",
    install: "install",
  };
  const GLYPHS = {
    install: "+",
    upgrade: "↑",
    base: "·",
    implied: "↳",
    missing: "✕",
    unavailable: "✕",
    copied: "⧉",
    artifact: "▫",
    host: "·",
    unknown: "?",
  };

  /** An element; whatever comes from an image goes in as a text node. */
  const make = (tag, { class: className, text, ...attributes } = {}, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`);
  const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
  const badge = (status) =>
    make("span", { class: `badge ${status}`, text: `${GLYPHS[status] ?? ""} ${WORDS[status] ?? status}`.trim() });

  /** A list of any length: only the rows in view exist. */
  function list(label, id, render) {
    const box = make("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": label, id });
    const space = make("div");
    box.append(space);
    const title = make("h2", { text: label });
    let items = [];
    let active = -1;
    const self = {
      box,
      column: make("div", { class: "column" }, title, box),
      onSelect() {},
      onDraw() {},
      isSelected: () => false,
    };
    const draw = () => {
      const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 4);
      const rows = Math.ceil((box.clientHeight || 480) / ROW) + 8;
      const shown = items.slice(first, first + rows).map((item, offset) => {
        const at = first + offset;
        const row = render(item);
        row.id = `${id}-${at}`;
        row.classList.add("row");
        row.setAttribute("role", "option");
        row.setAttribute("aria-posinset", at + 1);
        row.setAttribute("aria-setsize", items.length);
        row.setAttribute("aria-selected", self.isSelected(item));
        row.classList.toggle("active", at === active);
        row.classList.toggle("selected", self.isSelected(item));
        row.style.top = `${at * ROW}px`;
        row.addEventListener("click", () => {
          active = at;
          self.onSelect(item);
        });
        return row;
      });
      space.style.height = `${Math.max(items.length * ROW, ROW)}px`;
      space.replaceChildren(...(items.length === 0 ? [make("p", { class: "empty", text: "none" })] : shown));
      if (active >= 0) box.setAttribute("aria-activedescendant", `${id}-${active}`);
      self.onDraw();
    };
    let pending = false;
    box.addEventListener("scroll", () => {
      if (pending) return;
      pending = true;
      requestAnimationFrame(() => {
        pending = false;
        draw();
      });
    });
    box.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(box.clientHeight / ROW) - 1);
      const steps = {
        ArrowDown: 1,
        ArrowUp: -1,
        PageDown: page,
        PageUp: -page,
        Home: -items.length,
        End: items.length,
      };
      if (event.key in steps) active = Math.min(items.length - 1, Math.max(0, active + steps[event.key]));
      else if ((event.key === "Enter" || event.key === " ") && items[active] !== undefined)
        self.onSelect(items[active]);
      else return;
      event.preventDefault();
      box.scrollTop = Math.min(Math.max(box.scrollTop, (active + 1) * ROW - box.clientHeight), active * ROW);
      draw();
    });
    self.draw = draw;
    self.show = (next, all) => {
      items = next;
      active = -1;
      box.scrollTop = 0;
      title.textContent = next.length === all ? `${label} (${all})` : `${label} (${next.length} of ${all})`;
      draw();
    };
    /** The middle of a row on the screen; null if it is out of view. */
    self.middle = (item, base) => {
      const at = items.indexOf(item);
      const y = at * ROW - box.scrollTop + ROW / 2;
      if (at < 0 || y < 0 || y > box.clientHeight) return null;
      return box.getBoundingClientRect().top - base.top + y;
    };
    return self;
  }

  /** The picture of one Dockerfile. */
  function picture(entry) {
    const { page } = entry;
    const { binaries, libraries, packages } = page;
    const users = libraries.map(() => []);
    for (const binary of binaries) for (const index of binary.libraries) users[index].push(binary);
    const largest = Math.max(1, ...packages.map(({ bytes }) => bytes ?? 0));
    const order = {
      missing: 0,
      unavailable: 0,
      unknown: 1,
      copied: 2,
      install: 3,
      upgrade: 3,
      implied: 4,
      artifact: 5,
      base: 6,
      host: 7,
    };
    const byStatus = (a, b) => (order[a.status] ?? 9) - (order[b.status] ?? 9) || (b.bytes ?? 0) - (a.bytes ?? 0);
    const allPackages = [...packages].sort(byStatus);
    const allLibraries = [...libraries].sort(byStatus);
    let selected = null;

    const lists = {
      binaries: list("Binaries", "binaries", (one) =>
        make("div", { title: one.name }, make("span", { class: "name tail" }, make("bdi", { text: one.name }))),
      ),
      libraries: list("Libraries", "libraries", (one) =>
        make("div", { title: one.name }, make("span", { class: "name", text: one.name }), badge(one.status)),
      ),
      packages: list("Packages", "packages", (one) => {
        const bar = make("span", { class: "size" });
        if (one.bytes !== null) {
          const length = make("i");
          length.style.width = `${(100 * one.bytes) / largest}%`;
          bar.append(length, make("b", { text: size(one.bytes) }));
        }
        return make(
          "div",
          { title: one.name },
          make("span", { class: "name", text: one.name }),
          bar,
          badge(one.status),
        );
      }),
    };
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("aria-hidden", "true");
    const box = make(
      "div",
      { class: "picture" },
      lists.binaries.column,
      lists.libraries.column,
      lists.packages.column,
      svg,
    );
    const details = make("section", { class: "details", "aria-live": "polite", hidden: "" });

    /** What a selected row is tied to. */
    const related = () => {
      if (selected === null) return null;
      if (selected.kind === "binary") {
        const own = selected.item.libraries.map((index) => libraries[index]);
        const index = binaries.indexOf(selected.item);
        return {
          binaries: new Set([selected.item]),
          libraries: new Set(own),
          packages: new Set([
            ...own.flatMap((one) => packages[one.package] ?? []),
            ...packages.filter((one) => one.binaries.includes(index)),
          ]),
        };
      }
      if (selected.kind === "library") {
        const one = selected.item;
        return {
          binaries: new Set(users[libraries.indexOf(one)]),
          libraries: new Set([one]),
          packages: new Set(one.package === null ? [] : [packages[one.package]]),
        };
      }
      const own = libraries.filter((one) => packages[one.package] === selected.item);
      return {
        binaries: new Set([
          ...selected.item.binaries.map((index) => binaries[index]),
          ...own.flatMap((one) => users[libraries.indexOf(one)]),
        ]),
        libraries: new Set(own),
        packages: new Set([
          selected.item,
          ...packages.filter(
            (one) => selected.item.impliedBy.includes(one.name) || one.impliedBy.includes(selected.item.name),
          ),
        ]),
      };
    };

    const edges = () => {
      const base = svg.getBoundingClientRect();
      if (base.width === 0) return;
      const [a, b, c] = [lists.binaries, lists.libraries, lists.packages].map(({ box: one }) =>
        one.getBoundingClientRect(),
      );
      const paths = [];
      const add = (from, to, x1, x2, status) => {
        if (from === null || to === null || paths.length >= MAX_EDGES) return;
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        const half = (x1 + x2) / 2;
        path.setAttribute("d", `M${x1},${from} C${half},${from} ${half},${to} ${x2},${to}`);
        path.setAttribute("class", `${selected === null ? "" : "on"} ${status === "missing" ? "missing" : ""}`);
        paths.push(path);
      };
      libraries.forEach((library, index) => {
        const middle = lists.libraries.middle(library, base);
        if (middle === null) return;
        for (const binary of users[index])
          add(lists.binaries.middle(binary, base), middle, a.right - base.left, b.left - base.left, library.status);
        if (library.package !== null)
          add(
            middle,
            lists.packages.middle(packages[library.package], base),
            b.right - base.left,
            c.left - base.left,
            library.status,
          );
      });
      svg.replaceChildren(...paths);
    };

    const search = make("input", {
      type: "search",
      placeholder: "Search (press /)",
      "aria-label": "Search binaries, libraries and packages",
    });
    const update = () => {
      const words = search.value.toLowerCase();
      const tied = related();
      const matches = (kind) => (one) =>
        (tied === null || tied[kind].has(one)) &&
        (words === "" || tied !== null || one.name.toLowerCase().includes(words));
      lists.binaries.show(binaries.filter(matches("binaries")), binaries.length);
      lists.libraries.show(allLibraries.filter(matches("libraries")), libraries.length);
      lists.packages.show(allPackages.filter(matches("packages")), packages.length);
      details.hidden = selected === null;
      if (selected !== null) details.replaceChildren(...describe(selected));
      clear.hidden = selected === null && search.value === "";
      edges();
    };
    const clear = make("button", { type: "button", text: "Show all", hidden: "" });
    const select = (kind, item) => {
      selected = selected?.item === item ? null : { kind, item };
      update();
    };
    const reset = () => {
      selected = null;
      search.value = "";
      update();
    };
    clear.addEventListener("click", reset);
    search.addEventListener("input", () => {
      selected = null;
      update();
    });
    for (const [kind, one] of [
      ["binary", lists.binaries],
      ["library", lists.libraries],
      ["package", lists.packages],
    ]) {
      one.onSelect = (item) => select(kind, item);
      one.isSelected = (item) => selected?.item === item;
      one.onDraw = edges;
    }

    const describe = ({ kind, item }) => {
      const parts = [
        make("h3", {}, make("span", { class: "name", text: item.name }), " ", item.status ? badge(item.status) : ""),
      ];
      if (kind !== "package") return parts;
      const facts = [
        item.version,
        item.bytes === null ? null : size(item.bytes),
        item.impliedBy.length === 0 ? null : `dependency of ${item.impliedBy.join(", ")}`,
      ];
      parts.push(make("p", { class: "soft", text: facts.filter((one) => one).join(" · ") }));
      if (item.chains.length === 0) return [...parts, make("p", { text: "No artifact needs it directly." })];
      const shown = item.chains.map(({ kind: why, chain }) =>
        make("li", {}, make("span", { class: "name", text: chain.join(" → ") }), why === "needed" ? "" : ` (${why})`),
      );
      if (item.moreChains > 0) shown.push(make("li", { class: "soft", text: `… and ${item.moreChains} more` }));
      return [
        ...parts,
        make("p", { text: `Needed by ${count(item.chains.length + item.moreChains, "artifact")}:` }),
        make("ul", { class: "chains" }, ...shown),
      ];
    };

    addEventListener("resize", () => {
      for (const one of Object.values(lists)) one.draw();
    });
    const statuses = [...new Set([...libraries, ...packages].map(({ status }) => status))];
    const legend = make("div", { class: "legend" }, ...statuses.map(badge));
    return {
      search,
      reset,
      update,
      parts: [make("div", { class: "bar" }, search, clear, legend), box, details],
    };
  }

  /** What a person should know before the picture. */
  function facts(page) {
    const parts = [
      make("p", { class: "soft", text: `${page.heading}${page.base === null ? "" : `; runtime base ${page.base}`}` }),
    ];
    if (!page.complete)
      parts.push(make("p", { class: "missing", text: "Incomplete: not everything could be inspected." }));
    if (page.added !== null) parts.push(make("p", { text: `The line adds ${page.added}.` }));
    if (page.missing.length > 0)
      parts.push(
        section(
          "Missing",
          "missing",
          page.missing.map((text) => make("li", { text })),
        ),
      );
    return parts;
  }

  function section(title, className, rows) {
    return make(
      "section",
      { class: "problems" },
      make("h2", { class: className, text: title }),
      make("ul", {}, ...rows),
    );
  }

  function findings(all) {
    const rows = all.map(({ line, severity, code, message }) =>
      make(
        "li",
        {},
        make("span", { class: severity, text: severity }),
        " ",
        make("code", { text: code }),
        ` ${line === null ? "" : `line ${line}: `}${message}`,
      ),
    );
    const part = section(count(rows.length, "finding"), "", rows);
    part.classList.add("findings");
    return part;
  }

  function stateOf({ error, page }) {
    if (error !== null) return "failed";
    if (page === null) return "ok";
    if (page.missing.length > 0) return `${page.missing.length} missing`;
    return page.complete ? "ok" : "incomplete";
  }

  /** How many packages the line names. */
  function installs(page) {
    if (page === null) return "";
    return String(page.packages.filter(({ status }) => status === "install" || status === "upgrade").length);
  }

  let current = null;
  function open(index) {
    const entry = entries[index];
    const { page } = entry;
    const parts = [];
    if (entries.length > 1) {
      const back = make("button", { type: "button", text: "All Dockerfiles" });
      back.addEventListener("click", () => go(""));
      parts.push(make("p", {}, back));
    }
    parts.push(make("h1", { text: entry.label }));
    if (entry.error !== null) parts.push(make("p", { class: "error", text: `Failed: ${entry.error}` }));
    if (page !== null) parts.push(...facts(page));
    if (entry.findings.length > 0) parts.push(findings(entry.findings));
    current = page === null ? null : picture(entry);
    if (current !== null) {
      parts.push(...current.parts);
      parts.push(
        make(
          "details",
          {},
          make("summary", { text: "Instruction for the runtime stage" }),
          make("pre", { text: page.instruction }),
        ),
      );
    }
    parts.push(make("p", { class: "soft", text: `${tool.name} ${tool.version}` }));
    main.replaceChildren(...parts);
    current?.update();
    document.title = `msb-deps: ${entry.label}`;
    scrollTo(0, 0);
  }

  function index() {
    current = null;
    const search = make("input", {
      type: "search",
      placeholder: "Search (press /)",
      "aria-label": "Search Dockerfiles",
    });
    const body = make("tbody");
    const draw = () => {
      const words = search.value.toLowerCase();
      const rows = entries.flatMap((entry, at) => {
        if (!entry.label.toLowerCase().includes(words)) return [];
        const name = make("button", { type: "button", class: "name", text: entry.label });
        name.addEventListener("click", () => go(`#${at}`));
        const { page } = entry;
        const cell = (text, className) => make("td", { text, ...(className ? { class: className } : {}) });
        const state = stateOf(entry);
        return make(
          "tr",
          {},
          make("td", {}, name),
          cell(state, state === "ok" ? "" : "missing"),
          cell(installs(page)),
          cell(page?.added ?? "", "wide"),
          cell(String(entry.findings.length)),
        );
      });
      body.replaceChildren(...rows);
    };
    search.addEventListener("input", draw);
    const heads = [["Dockerfile"], ["state"], ["install"], ["adds", "wide"], ["findings"]];
    const table = make(
      "table",
      {},
      make(
        "thead",
        {},
        make("tr", {}, ...heads.map(([text, c]) => make("th", { text, scope: "col", ...(c ? { class: c } : {}) }))),
      ),
      body,
    );
    main.replaceChildren(
      make("h1", { text: count(entries.length, "Dockerfile") }),
      make("div", { class: "bar" }, search),
      table,
      make("p", { class: "soft", text: `${tool.name} ${tool.version}` }),
    );
    draw();
  }

  function go(hash) {
    if (location.hash === hash || (hash === "" && location.hash === "")) show();
    else location.hash = hash;
  }
  function show() {
    const at = Number(location.hash.slice(1));
    if (entries.length === 1) open(0);
    else if (location.hash.length > 1 && Number.isInteger(at) && entries[at] !== undefined) open(at);
    else index();
  }
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") current?.reset();
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    main.querySelector("input[type=search]")?.focus();
  });
  show();
})();
