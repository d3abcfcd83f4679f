// Run by node after Vega and Vega-Lite: specifications on standard input, SVG files out of it.
// [[file, Vega-Lite specification], ...]; what cannot be drawn is said and the rest goes on.
const fs = require('node:fs');
(async () => {
  let failed = 0;
  for (const [file, spec] of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    try {
      const compiled = vegaLite.compile(spec, {logger: quiet()}).spec;
      const view = new vega.View(vega.parse(compiled), {renderer: 'none', logger: quiet()});
      const svg = await view.toSVG();
      fs.writeFileSync(`${file}.part`, svg);
      fs.renameSync(`${file}.part`, file);
    } catch (error) {
      ++failed;
      console.error(`${file}: ${error.message}`);
    }
  }
  process.exitCode = failed ? 1 : 0;

  function quiet() {
    const logger = vega.logger(vega.Error);
    return logger;
  }
})();
