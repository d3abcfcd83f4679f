'use strict';
// Draws the charts when they come into view, and makes switches, filters and exports work. Every
// number is in the tables without it.
(() => {
  const themes = read('themes');
  const charts_possible = typeof vegaEmbed === 'function';
  const prefers_dark = matchMedia('(prefers-color-scheme: dark)');
  const drawn = new Map();  // plot element -> its figure

  function read(id) {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : null;
  }
  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }
  function is_dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : prefers_dark.matches;
  }
  const theme = () => themes[is_dark() ? 'dark' : 'light'];

  // --- Files, one shown at a time
  class Run {
    constructor(section) {
      this.section = section;
      this.prefix = `r${section.dataset.run}-`;
      this.models = read(`${this.prefix}models`);
      this.hidden = new Set();  // names of the models that the filter leaves out
      this.off = new Set();     // and their places, as the tables have them
    }
    find(selector) {
      return this.section.querySelectorAll(selector);
    }
  }
  const runs = [...document.querySelectorAll('.run')].map(section => new Run(section));

  // Tables stand in the page as it is without scripts, and become elements when they are opened:
  // tens of thousands of rows would delay its opening.
  function fill_table(run, details) {
    const waiting = details.querySelector('noscript');
    if (!waiting) return;
    waiting.outerHTML = waiting.textContent;
    hide_models(run, details);
  }

  // --- Charts
  function at_pointer(spec, pointer) {
    const keys = pointer.split('/').slice(1);
    const last = keys.pop();
    let place = spec;
    for (const key of keys) place = place[key] ??= {};
    return [place, last];
  }
  function colours(encoding) {
    const range = encoding?.color?.scale?.range;
    if (Array.isArray(range))
      encoding.color.scale.range = range.map(slot => typeof slot === 'number' ? theme().range.category[slot] : slot);
  }
  function keep_models(spec, hidden) {
    spec.data.values = spec.data.values.filter(row => !hidden.has(row.model));
    const scales = [spec, ...(spec.layer ?? [])].flatMap(part => Object.values(part.encoding ?? {}))
      .map(channel => channel?.scale).filter(scale => Array.isArray(scale?.domain));
    for (const scale of scales) {
      const kept = scale.domain.map(name => !hidden.has(name));
      if (Array.isArray(scale.range) && scale.range.length === kept.length) scale.range = scale.range.filter((_, i) => kept[i]);
      scale.domain = scale.domain.filter((_, i) => kept[i]);
    }
  }
  // A model that no row of a chart has needs no place in its legend.
  function unused_models(spec, names) {
    const used = new Set(spec.data.values.map(row => row.model));
    return names.filter(name => !used.has(name));
  }

  class Figure {
    constructor(run, chart, workload) {
      this.run = run;
      this.chart = chart;
      this.selected = chart.switches.map(each => each.selected);
      const name = `${workload} ${chart.title}`;
      this.plot = element('div', {className: 'plot'});
      this.plot.setAttribute('role', 'img');
      this.plot.setAttribute('aria-label', `${name}. ${chart.summary} The numbers are in the table below.`);
      const controls = element('div', {className: 'switches'});
      chart.switches.forEach((each, i) => {
        if (each.options.length < 2) return;
        const select = element('select', {}, ...each.options.map((option, value) => element('option', {value, textContent: option.label})));
        select.selectedIndex = each.selected;
        select.setAttribute('aria-label', `${each.label}: ${name}`);
        select.addEventListener('change', () => {
          this.selected[i] = select.selectedIndex;
          this.draw();
        });
        controls.append(element('label', {}, each.label, select));
      });
      const exports = element('span', {className: 'exports'});
      for (const kind of ['svg', 'png']) {
        const button = element('button', {type: 'button', textContent: kind.toUpperCase()});
        button.setAttribute('aria-label', `Save as ${kind.toUpperCase()}: ${name}`);
        button.addEventListener('click', () => this.save(kind, name));
        exports.append(button);
      }
      const head = element('div', {className: 'figure-head'}, element('h4', {textContent: chart.title}), exports);
      this.element = element('figure', {}, head, controls, this.plot,
                             element('figcaption', {textContent: chart.summary}));
      drawn.set(this.plot, this);
    }
    spec() {
      const spec = structuredClone(this.chart.spec);
      this.chart.switches.forEach((each, i) => {
        for (const [pointer, value] of Object.entries(each.options[this.selected[i]].patch)) {
          const [place, key] = at_pointer(spec, pointer);
          place[key] = structuredClone(value);
        }
      });
      if (this.run.models.names.length) keep_models(spec, new Set([...this.run.hidden, ...unused_models(spec, this.run.models.names)]));
      if (this.chart.row_height) spec.height = this.chart.row_height * Math.max(1, spec.encoding.y.scale.domain.length);
      for (const part of [spec, ...(spec.layer ?? [])]) colours(part.encoding);
      if (this.element.clientWidth < 420)
        for (const part of [spec, ...(spec.layer ?? [])])
          for (const channel of ['color', 'shape'])
            if (part.encoding?.[channel]?.legend) part.encoding[channel].legend.columns = 2;
      return spec;
    }
    async draw() {
      const turn = this.turn = (this.turn ?? 0) + 1;
      const spec = this.spec();
      this.view?.finalize();
      this.view = null;
      if (!spec.data.values.length) {
        this.plot.replaceChildren(element('p', {className: 'plot-message', textContent: 'Nothing to draw: the filter leaves no model that has these numbers.'}));
        return;
      }
      // Thousands of dots are too many elements for a document.
      const renderer = spec.data.values.length > 3000 ? 'canvas' : 'svg';
      const made = await vegaEmbed(this.plot, spec, {
        actions: false, ast: true, config: theme(), renderer, mode: 'vega-lite',
        tooltip: {theme: 'custom', disableDefaultStyle: false}, downloadFileName: this.chart.id});
      if (turn !== this.turn) return made.view.finalize();
      this.view = made.view;
      // The element with the label stands for the drawing.
      for (const each of this.plot.querySelectorAll('svg, canvas')) each.setAttribute('aria-hidden', 'true');
    }
    async save(kind, name) {
      if (!this.view) await this.draw();
      const view = this.view;
      if (!view) return;
      const file = `${name.replace(/[^\w.]+/g, '-')}.${kind}`;
      const background = is_dark() ? '#1b2027' : '#ffffff';
      const before = view.background();
      await view.background(background).runAsync();
      if (kind === 'svg') {
        download(new Blob([await view.toSVG()], {type: 'image/svg+xml'}), file);
      } else {
        const canvas = await view.toCanvas(2);
        canvas.toBlob(blob => download(blob, file));
      }
      await view.background(before).runAsync();
    }
  }
  function download(blob, name) {
    const link = element('a', {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  const in_view = 'IntersectionObserver' in window ? new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      in_view.unobserve(entry.target);
      drawn.get(entry.target)?.draw();
    }
  }, {rootMargin: '400px'}) : null;

  function make_charts(run, details) {
    const place = details.querySelector('[data-charts]');
    if (!place || place.dataset.made) return;
    place.dataset.made = 'true';
    if (!charts_possible) {
      place.replaceChildren(element('p', {className: 'quiet', textContent: 'There are no charts: the libraries that draw them are missing. The table has every number.'}));
      return;
    }
    for (const chart of read(place.dataset.charts) ?? []) {
      const figure = new Figure(run, chart, details.dataset.workload);
      place.append(figure.element);
      in_view ? in_view.observe(figure.plot) : figure.draw();
    }
  }
  function redraw(run) {
    for (const figure of drawn.values())
      if (figure.view || figure.turn) if (!run || figure.run === run) figure.draw();
  }

  // The heat map as a picture, drawn only to be saved.
  for (const run of runs) {
    const place = run.section.querySelector('[data-overview]');
    const charts = read(`${run.prefix}overview-charts`);
    if (!place || !charts || !charts_possible) continue;
    const figure = new Figure(run, charts[0], 'contend');
    drawn.delete(figure.plot);
    const box = element('div', {hidden: true}, figure.plot);
    place.append(...figure.element.querySelectorAll('.exports'), box);
  }

  // --- Filters
  function swatch(run, m) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const paths = {
      circle: 'M8 2a6 6 0 1 0 .01 0z', square: 'M3 3h10v10H3z', diamond: 'M8 1l6 7-6 7-6-7z', 'triangle-up': 'M8 2l7 12H1z',
      'triangle-down': 'M1 2h14L8 14z', cross: 'M6 1h4v5h5v4h-5v5H6v-5H1V6h5z', 'triangle-left': 'M1 8L13 1v14z', 'triangle-right': 'M3 1l12 7L3 15z'};
    svg.setAttribute('viewBox', '0 0 16 16');
    svg.setAttribute('width', '14');
    svg.setAttribute('height', '14');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const shape = run.models.shapes[m];
    path.setAttribute('d', paths[shape] ?? shape);  // else a path of its own, two units wide
    if (!paths[shape]) path.setAttribute('transform', 'translate(8 8) scale(6)');
    path.setAttribute('fill', theme().range.category[run.models.slots[m]]);
    svg.append(path);
    return svg;
  }
  function swatches() {
    for (const run of runs)
      for (const box of run.find('[data-model]')) {
        box.parentElement.querySelector('svg')?.remove();
        box.after(swatch(run, Number(box.dataset.model)));
      }
  }
  function hide_models(run, within) {
    for (const each of within.querySelectorAll('[data-m]')) each.hidden = run.off.has(each.dataset.m);
  }
  function filter_models(run) {
    const boxes = [...run.find('[data-model]')];
    run.hidden = new Set(boxes.filter(box => !box.checked).map(box => run.models.names[box.dataset.model]));
    const off = new Set(boxes.filter(box => !box.checked).map(box => box.dataset.model));
    run.off = off;
    hide_models(run, run.section);
    redraw(run);
  }
  function filter_workloads(run, text) {
    const wanted = text.trim().toLowerCase();
    const shown = new Set();
    for (const details of run.find('details.workload')) {
      details.hidden = !details.dataset.workload.toLowerCase().includes(wanted);
      if (!details.hidden) shown.add(details.id);
    }
    for (const row of run.find('tr[data-w]')) row.hidden = !shown.has(row.dataset.w);
    show_sizes(run, shown);
  }
  function show_sizes(run, shown) {
    const open = new Set();
    for (const button of run.find('[data-sizes]'))
      if (button.getAttribute('aria-expanded') === 'true' && !button.closest('tr').hidden) open.add(button.dataset.sizes);
    for (const row of run.find('tr[data-of]')) row.hidden = !open.has(row.dataset.of) || (shown && !shown.has(row.dataset.of));
  }

  // --- Tables
  function to_csv(table) {
    const quote = text => {
      // What a spreadsheet would run as a formula is made text.
      if (/^[=+\-@]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const value = cell => cell.dataset.f ?? cell.dataset.v ?? cell.textContent.trim();
    return [...table.rows].filter(row => !row.hidden || row.dataset.of)
      .map(row => [...row.cells].filter(cell => !cell.hidden).map(cell => quote(value(cell))).join(',')).join('\r\n') + '\r\n';
  }
  function sort_by(button) {
    const head = button.closest('th'), table = head.closest('table'), body = table.tBodies[0];
    const column = head.cellIndex;
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const each of table.tHead.rows[0].cells) each.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
    const rows = [...body.rows].map(row => [key(row), row]);
    rows.sort(([a], [b]) => {
      const x = Number(a), y = Number(b);
      if (a === '–' || b === '–') return (a === '–') - (b === '–');  // what has no number stays below
      return (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y) * (up ? 1 : -1);
    });
    body.append(...rows.map(([, row]) => row));
  }

  // --- Theme
  const theme_button = document.querySelector('[data-theme-button]');
  const choices = ['system', 'light', 'dark'];
  function set_theme(choice) {
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    theme_button.textContent = `Theme: ${choice}`;
    theme_button.dataset.choice = choice;
    swatches();
    redraw();
  }
  prefers_dark.addEventListener('change', () => {
    swatches();
    redraw();
  });

  // --- What a reader does
  document.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    const data = button.dataset;
    const run = runs.find(each => each.section.contains(button));
    if ('themeButton' in data) set_theme(choices[(choices.indexOf(data.choice ?? 'system') + 1) % 3]);
    else if (data.csv) {
      const table = document.getElementById(data.csv);
      download(new Blob([to_csv(table)], {type: 'text/csv'}), `${table.dataset.name.replace(/[^\w.]+/g, '-')}.csv`);
    } else if ('sort' in data) sort_by(button);
    else if ('allModels' in data) {
      for (const box of run.find('[data-model]')) box.checked = true;
      filter_models(run);
    } else if (data.sizes) {
      button.setAttribute('aria-expanded', button.getAttribute('aria-expanded') !== 'true');
      show_sizes(run);
    } else if ('everySize' in data) {
      const on = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', on);
      button.textContent = on ? 'Hide every size' : 'Show every size';
      for (const each of run.find('[data-sizes]')) each.setAttribute('aria-expanded', on);
      show_sizes(run);
    } else if ('openAll' in data || 'closeAll' in data) {
      for (const details of run.find('details.workload')) details.open = 'openAll' in data;
    }
  });
  document.addEventListener('change', event => {
    const input = event.target;
    if ('model' in input.dataset) filter_models(runs.find(run => run.section.contains(input)));
    else if ('runSwitch' in input.dataset) for (const run of runs) run.section.hidden = run.section.dataset.run !== input.value;
  });
  document.addEventListener('input', event => {
    if ('workloadFilter' in event.target.dataset) filter_workloads(runs.find(run => run.section.contains(event.target)), event.target.value);
  });
  function show_workload(run, details) {
    fill_table(run, details);
    make_charts(run, details);
  }
  document.addEventListener('toggle', event => {
    if (event.target.matches?.('details.workload') && event.target.open)
      show_workload(runs.find(run => run.section.contains(event.target)), event.target);
  }, true);

  function go_to_hash() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches('details.workload')) return;
    target.open = true;
    target.scrollIntoView();
    target.querySelector('summary').focus({preventScroll: true});
  }
  addEventListener('hashchange', go_to_hash);
  // A link to the place where one already is.
  document.addEventListener('click', event => {
    if (event.target.closest('a[href^="#"]')?.getAttribute('href') === location.hash) go_to_hash();
  });
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('.run:not([hidden]) details.notice')) details.open = true;
    narrow_tables(true);
  });
  addEventListener('afterprint', () => narrow_tables(false));
  function narrow_tables(narrow) {
    for (const table of document.querySelectorAll('.run:not([hidden]) details.workload[open] table.numbers')) {
      const columns = [...table.querySelectorAll('th[data-screen]')].map(head => head.cellIndex);
      for (const row of table.rows)
        for (const column of columns) row.cells[column].style.display = narrow ? 'none' : '';
    }
  }

  let width = innerWidth;
  let resizing = 0;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(() => redraw(), 200);
  });

  swatches();
  for (const run of runs)
    for (const details of run.find('details.workload[open]')) show_workload(run, details);
  go_to_hash();
})();
