// Opens reports in headless Chromium from file:, without a network, as a reader would.
//   node page_test.mjs CONTEND WORK_FOLDER
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const [contend, folder] = process.argv.slice(2);
fs.mkdirSync(folder, {recursive: true});
const at = name => path.join(folder, name);
const make = (name, ...options) => {
  fs.writeFileSync(at(`${name}.json`), execFileSync(process.execPath, [path.join(here, 'made_results.mjs'), ...options], {maxBuffer: 1 << 28}));
  return at(`${name}.json`);
};
const report = (name, ...files) => {
  execFileSync(contend, ['report', ...files, '-o', at(`${name}.html`)]);
  return `file://${path.resolve(at(`${name}.html`))}`;
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
let failed = 0;
async function test(name, url, body, options = {}) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, offline: true, acceptDownloads: true, ...options});
  const page = await context.newPage();
  const said = [];
  page.on('console', message => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => said.push(`error: ${error.message}`));
  page.on('dialog', dialog => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', request => { if (!/^(file|data|blob):/.test(request.url())) said.push(`request: ${request.url()}`); });
  page.setDefaultTimeout(60000);
  try {
    await page.goto(url);
    await body(page);
    assert.deepEqual(said, [], 'the console stays empty and nothing is asked of the network');
    console.log(`ok   ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAIL ${name}\n${error.stack}`);
  }
  await context.close();
}
const workload = (page, name) => page.locator(`.run:not([hidden]) details.workload[data-workload="${name}"]`);
async function open(page, name) {
  await workload(page, name).locator('summary').first().click();
  await workload(page, name).locator('.plot svg').first().waitFor();
  return workload(page, name);
}
// Every chart drawn: scrolls to each, since they are drawn when they come into view.
async function draw_all(section) {
  for (const plot of await section.locator('.plot').all()) {
    await plot.scrollIntoViewIfNeeded();
    await plot.locator('svg, canvas').first().waitFor();
  }
}
async function axe(page, what) {
  const source = fs.readFileSync(path.join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const found = await page.evaluate(() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}));
  const serious = found.violations.filter(each => ['serious', 'critical'].includes(each.impact));
  assert.deepEqual(serious.map(each => `${each.id}: ${each.nodes.length} times, ${each.nodes[0].html.slice(0, 200)} ${each.nodes[0].failureSummary}`), [], what);
}

const made_file = make('made'), made = report('made', made_file);
const document_of = file => JSON.parse(fs.readFileSync(file, 'utf8'));
const median = values => {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

await test('the first screen answers', made, async page => {
  const box = await page.locator('.verdicts').boundingBox();
  assert.ok(box.y + box.height < 900, 'all verdicts stand on the first screen');
  const cards = await page.locator('.verdict').allInnerTexts();
  assert.equal(cards.length, 4);
  assert.match(cards.find(text => text.startsWith('cpu')), /coroutines[\s\S]*ahead of tbb/);
  assert.match(cards.find(text => text.startsWith('io')), /threads up to 3[2-6]\d connections, coroutines above/);
  assert.match(await page.locator('.notice.invalid').innerText(), /3 cells invalid[\s\S]*wrong answer: 75024/);
});

await test('the tables have the numbers of the file', made, async page => {
  await open(page, 'io/echo');
  const rows = document_of(made_file).benchmarks;
  const table = await page.locator('details[data-workload="io/echo"] table.numbers').evaluate(table =>
    [...table.tBodies[0].rows].map(row => Object.fromEntries([...row.cells].map((cell, i) =>
      [table.tHead.rows[0].cells[i].dataset.f, cell.dataset.v ?? cell.textContent]))));
  let compared = 0;
  for (const each of table) {
    const samples = rows.filter(row => row.workload === 'io/echo' && row.model === each.model && String(row.params.connections) === each.connections
      && (row.model === 'floor' || row.workers === Number(each.workers)) && !row.disturbed);
    if (each.time_ns === '–') continue;
    assert.equal(Number(each.time_ns), median(samples.map(row => row.real_time)), `time of ${each.model} at ${each.connections}`);
    assert.equal(Number(each.p99_ns), median(samples.map(row => row.p99_ns)));
    assert.equal(Number(each.samples), samples.length);
    ++compared;
  }
  assert.ok(compared >= 5 * 6 * 3, `${compared} cells compared`);
});

await test('percentiles are of the events of all samples together', made, async page => {
  const section = await open(page, 'mixed/serve');
  const samples = document_of(made_file).benchmarks.filter(row => row.workload === 'mixed/serve' && row.model === 'coroutines' && row.workers === 2 && !row.disturbed);
  const events = new Map();
  for (const row of samples) for (const [lowest, count] of row.latencies.buckets) events.set(lowest, (events.get(lowest) ?? 0) + count);
  const total = samples.length * 2000;
  let seen = 0;
  const [bucket] = [...events].sort((a, b) => a[0] - b[0]).find(([, count]) => (seen += count) >= Math.ceil(0.999 * total));
  const cell = await section.locator('table.numbers').evaluate(table => {
    const column = [...table.tHead.rows[0].cells].findIndex(cell => cell.dataset.f === 'p999_ns');
    const workers = [...table.tHead.rows[0].cells].findIndex(cell => cell.dataset.f === 'workers');
    return [...table.tBodies[0].rows].find(row => row.cells[0].textContent === 'coroutines' && row.cells[workers].textContent === '2').cells[column].dataset.v;
  });
  assert.ok(Math.abs(Number(cell) / bucket - 1) < 0.016, `${cell} is in the bucket of ${bucket}`);
  const figure = section.locator('figure:has(h4:text-is("Latency"))');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('svg').first().waitFor();
  const words = await figure.innerText();
  assert.match(words, /p99\.9/);
  assert.doesNotMatch(words, /p99\.99/, 'ten events must lie beyond a percentile');
});

await test('charts are drawn, and switches act at once', made, async page => {
  const section = await open(page, 'io/echo');
  await draw_all(section);
  assert.equal(await section.locator('figure .plot').count(), 6);
  const over = section.locator('figure', {hasText: 'Over connections'});
  assert.equal(await over.locator('svg .mark-rect path').count(), 1, 'the crossover is marked');
  const before = await over.locator('svg').innerHTML();
  await over.getByLabel('scale: io/echo Over connections').selectOption('linear');
  await page.waitForFunction(([plot, old]) => plot.querySelector('svg') && plot.querySelector('svg').innerHTML !== old, [await over.locator('.plot').elementHandle(), before]);
  const linear = await over.locator('svg').innerHTML();
  await over.getByLabel('measure: io/echo Over connections').selectOption('tasks per second');
  await page.waitForFunction(([plot, old]) => plot.querySelector('svg') && plot.querySelector('svg').innerHTML !== old, [await over.locator('.plot').elementHandle(), linear]);
  assert.match(await over.locator('.plot').innerText(), /tasks per second/);
  // Nothing drawn lies outside of its chart.
  for (const plot of await section.locator('.plot').all()) {
    const clipped = await plot.evaluate(plot => {
      const frame = plot.querySelector('svg').getBoundingClientRect();
      return [...plot.querySelectorAll('svg text')].filter(text => text.textContent).map(text => [text.textContent, text.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)).map(([text]) => text);
    });
    assert.deepEqual(clipped, [], 'no text is clipped');
  }
});

await test('a tooltip has exact numbers', made, async page => {
  const section = await open(page, 'cpu/skynet');
  const figure = section.locator('figure:has(h4:text-is("Cost"))');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('svg .mark-rect path').last().hover();
  await page.locator('#vg-tooltip-element.visible').waitFor();
  assert.match(await page.locator('#vg-tooltip-element').innerText(), /exactly[\s\S]*\d/);
});

await test('filters act on tables and charts', made, async page => {
  const section = await open(page, 'cpu/skynet');
  const chart = section.locator('.plot').first();
  assert.match(await chart.innerText(), /threads/);
  await page.locator('.chip', {hasText: /^threads$/}).click();
  await page.waitForFunction(plot => plot.querySelector('svg') && !/threads/.test(plot.textContent), await chart.elementHandle());
  assert.equal(await page.locator('.heat thead th', {hasText: /^threads$/}).isVisible(), false);
  assert.equal(await section.locator('table.numbers tbody th', {hasText: /^threads$/}).first().isVisible(), false);
  await page.locator('[data-all-models]').click();
  await page.waitForFunction(plot => /threads/.test(plot.textContent), await chart.elementHandle());
  await page.locator('[data-workload-filter]').fill('echo');
  assert.equal(await page.locator('details.workload:visible').count(), 1);
  assert.equal(await page.locator('.heat tr[data-w]:visible').count(), 1);
});

await test('charts and tables can be saved', made, async page => {
  const section = await open(page, 'cpu/hash');
  const saved = async button => {
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    return fs.readFileSync(await download.path());
  };
  const figure = section.locator('figure').first();
  assert.match((await saved(figure.getByText('SVG', {exact: true}))).toString(), /^<svg[\s\S]*coroutines/);
  assert.equal((await saved(figure.getByText('PNG', {exact: true}))).subarray(1, 4).toString(), 'PNG');
  assert.match((await saved(page.locator('[data-overview] button').first())).toString(), /^<svg[\s\S]*cpu\/skynet/);
  const csv = (await saved(section.locator('button.csv'))).toString().split('\r\n');
  assert.match(csv[0], /^model,blocks,workers,time_ns,/);
  assert.equal(csv.length, 2 + await section.locator('table.numbers tbody tr').count());
});

await test('the keyboard reaches everything', made, async page => {
  const reached = new Set();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => {
      const on = document.activeElement;
      return on.matches('[data-model]') ? 'model' : on.matches('[data-sizes]') ? 'sizes' : on.matches('.heat a') ? 'link' : on.matches('.scroll') ? 'scroll'
        : on.matches('summary') ? 'summary' : on.matches('[data-theme-button]') ? 'theme' : on.matches('[data-every-size]') ? 'every' : on.matches('.skip') ? 'skip' : 'other';
    }));
  }
  for (const wanted of ['skip', 'theme', 'model', 'every', 'sizes', 'link', 'scroll']) assert.ok(reached.has(wanted), `${wanted} takes the focus`);
  await page.locator('.heat a').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('details.workload[open] .plot svg').first().waitFor();
  await page.locator('[data-sizes]').first().focus();
  await page.keyboard.press('Space');
  assert.ok(await page.locator('tr[data-of]:visible').count() >= 3);
});

for (const scheme of ['light', 'dark'])
  await test(`the checker of accessibility finds nothing serious (${scheme})`, made, async page => {
    const section = await open(page, 'io/echo');
    await draw_all(section);
    await page.locator('[data-every-size]').click();
    await axe(page, scheme);
  }, {colorScheme: scheme, bypassCSP: true});

await test('charts as files look like those of the page', made, async () => {
  execFileSync(contend, ['report', made_file, '--svg', at('svg')], {stdio: 'ignore'});
  const svg = name => fs.readFileSync(path.join(at('svg'), name), 'utf8');
  assert.ok(fs.readdirSync(at('svg')).length > 60);
  assert.match(svg('contend-overview.svg'), /rgb\(11, 90, 148\)/, 'the best has the strongest colour');
  assert.match(svg('io-echo-over-1.svg'), /#98a1ac/, 'the crossover is marked');
  assert.match(svg('io-echo-trade-off.svg'), /#0072b2/, 'models have their colours');
});

await test('a phone sees all of it without scrolling sideways', made, async page => {
  const section = await open(page, 'io/echo');
  await draw_all(section);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is as wide as the screen');
}, {viewport: {width: 390, height: 844}});

await test('hostile names are text', report('hostile', make('hostile', '--hostile')), async page => {
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.ok((await page.locator('.heat thead').innerText()).includes('<img src=x onerror=alert(1)>'));
  const section = page.locator('details.workload', {hasText: 'cpu/<script>'});
  await section.locator('summary').first().click();
  await section.locator('.plot svg').first().waitFor();
  await draw_all(section);
  assert.equal(await page.locator('main img').count(), 0);
});

await test('several files have a switch and are never added up', report('two', made_file, make('second', '--seed', '7', '--revision', '8d01e55')), async page => {
  assert.equal(await page.locator('.run:visible').count(), 1);
  await page.locator('[data-run-switch]').selectOption({index: 1});
  assert.match(await page.locator('.run:visible .machine').innerText(), /8d01e55/);
  await open(page, 'cpu/hash');
});

fs.writeFileSync(at('plain.json'), JSON.stringify({context: {date: '2026-01-01', host_name: 'other'}, benchmarks: [8, 64, 512].flatMap(n => [1, 2, 3, 4, 5, 6].map(i => ({
  name: `BM_sort<std::vector<int>>/${n}`, run_name: `BM_sort<std::vector<int>>/${n}`, run_type: 'iteration', repetition_index: i, threads: 1, iterations: 10, real_time: n * (1 + i / 100), cpu_time: n, time_unit: 'us'})))}));
await test('a plain Google Benchmark file makes a useful page', report('plain', at('plain.json')), async page => {
  assert.match(await page.locator('main').innerText(), /3 benchmarks[\s\S]*not written by contend/);
  await page.locator('.plot svg').first().waitFor();
  assert.equal(await page.locator('table.numbers tbody tr').count(), 3);
});

const big = report('big', make('big', '--rows', '100000'));
await test('a page of 100,000 rows is usable soon', big, async page => {
  const ready = await page.evaluate(() => performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart);
  console.log(`     100,000 rows: ${ready} ms until it can be used`);
  // A clock on the wall says nothing of a page while others have the processors.
  if (os.loadavg()[0] < os.availableParallelism()) assert.ok(ready < 2000, `usable after ${ready} ms`);
  await open(page, 'cpu/generated_3');
});

await browser.close();
process.exitCode = failed ? 1 : 0;
