// Headless Chromium as a client of contend-serve, under every model that serves.
//   node serve_test.mjs CONTEND_SERVE
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {chromium} from 'playwright-core';

const [program] = process.argv.slice(2);
const digest_of = target => createHash('sha256').update(target).digest('hex') + '\n';

// On a free port, until `body` is done with it.
async function with_server(model, body) {
  const server = spawn(program, ['--model', model, '--port', '0', '--connections', '16', '--wait-us', '2000'], {stdio: ['ignore', 'pipe', 'inherit']});
  try {
    const [line] = await once(server.stdout, 'data');
    await body(/http:\S+\//.exec(String(line))[0]);
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
let failed = 0;
for (const model of ['coroutines', 'fibers', 'threads', 'processes']) {
  try {
    await with_server(model, async origin => {
      const page = await browser.newPage();
      page.setDefaultTimeout(20000);
      const answer = await page.goto(origin + 'hello?who=browser');
      assert.equal(answer.status(), 200);
      assert.equal((await page.locator('body').innerText()).trim() + '\n', digest_of('/hello?who=browser'));
      // More at once than a browser has connections for, so that each is used again.
      const targets = Array.from({length: 60}, (_, i) => `/asked/${i}`);
      const got = await page.evaluate(all => Promise.all(all.map(target => fetch(target).then(answer => answer.text()))), targets);
      assert.deepEqual(got, targets.map(digest_of));
      const posted = await page.evaluate(() => fetch('/', {method: 'POST', body: 'x'.repeat(5000)}).then(answer => answer.status));
      assert.equal(posted, 405, 'what it does not do is refused');
      assert.equal(await page.evaluate(() => fetch('/', {method: 'POST', body: 'x'.repeat(100000)}).then(answer => answer.status)), 413);
      // A tab that goes away amid its requests is nobody's loss.
      await page.evaluate(() => { for (let i = 0; i < 6; ++i) fetch(`/left/${i}`); });
      await page.close();
      const next = await browser.newPage();
      const after = await next.goto(origin + 'next');
      assert.equal(await after.text(), digest_of('/next'));
      await next.close();
    });
    console.log(`ok   a browser is served by ${model}`);
  } catch (error) {
    ++failed;
    console.log(`FAIL a browser is served by ${model}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
