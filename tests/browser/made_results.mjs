// Made-up results in the format of `contend run`, with a known truth, for looking at and for tests:
//   node made_results.mjs [--hostile] [--rows N] [--seed N] [--revision TEXT] > results.json
// The truth: on the echo server coroutines overtake threads at 340 connections (both are straight
// lines in a log-log chart); processes answer wrong on fib; tbb and coroutines are equal on hash.

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const hostile = process.argv.includes('--hostile');
const rows_wanted = Number(option('rows', 0));
const revision = option('revision', '3f2c1ab');

let state = Number(option('seed', 1));
const random = () => {  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

// Per model: cost of a task in ns, bytes of a waiting task, CPU above the wall time.
const models = {
  serial: {task: 2, bytes: 0, cpu: 1},
  threads: {task: 14000, bytes: 26000, cpu: 1.6},
  thread_pool: {task: 90, bytes: 96, cpu: 1.1},
  processes: {task: 210000, bytes: 90000, cpu: 2.1},
  process_pool: {task: 900, bytes: 160, cpu: 1.3},
  fibers: {task: 60, bytes: 4400, cpu: 1.05},
  coroutines: {task: 11, bytes: 96, cpu: 1},
  tbb: {task: 40, bytes: 128, cpu: 1.02},
};
const scales = model => model !== 'serial' && model !== 'floor';

// What a task computes or waits for, in ns; `param` is what N is called.
const workloads = {
  'primitives/spawn_join': {param: 'tasks', sizes: [1000, 10000, 100000], work: 0},
  'primitives/switch': {param: 'rounds', sizes: [10000], work: 0, without: ['serial']},
  'primitives/channel': {param: 'messages', sizes: [10000, 100000], work: 25, without: ['serial', 'tbb']},
  'primitives/mutex': {param: 'rounds', sizes: [10000], work: 40, without: ['processes', 'process_pool']},
  'cpu/skynet': {param: 'leaves', sizes: [1000, 100000], work: 3, without: ['process_pool']},
  'cpu/fib': {param: 'n', sizes: [20, 25], work: 4, count: n => 1.6 ** n, wrong: 'processes'},
  'cpu/hash': {param: 'blocks', sizes: [256], work: 190000, equal: ['tbb', 'coroutines']},
  'cpu/enhance': {param: 'tiles', sizes: [192], work: 310000},
  'cpu/mandelbrot': {param: 'rows', sizes: [512], work: 45000},
  'io/echo': {param: 'connections', sizes: [10, 30, 100, 1000, 3000], work: 7000, without: ['tbb', 'serial'], latency: true, cross: 340},
  'io/fetch': {param: 'images', sizes: [64, 512], work: 52000, without: ['tbb'], latency: true},
  'io/files': {param: 'files', sizes: [128], work: 26000, without: ['tbb']},
  'mixed/serve': {param: 'connections', sizes: [64], work: 21000, without: ['tbb', 'serial'], latency: true, histograms: true},
  'mixed/fetch_hash': {param: 'images', sizes: [64], work: 240000, without: ['tbb']},
};

// Two thousand events of an exponential distribution of this mean, as rows carry them.
const histogram = mean => {
  const counts = new Map(), events = 2000;
  let least = Infinity, most = 0, sum = 0;
  for (let i = 0; i < events; ++i) {
    const ns = Math.round(-mean * Math.log(1 - (i + 0.5) / events));
    const width = 2 ** Math.max(0, Math.floor(Math.log2(ns || 1)) - 6), lowest = Math.floor(ns / width) * width;
    counts.set(lowest, (counts.get(lowest) ?? 0) + 1);
    least = Math.min(least, ns), most = Math.max(most, ns), sum += ns;
  }
  return {count: events, min_ns: least, max_ns: most, sum_ns: sum, buckets: [...counts]};
};

const rename = name => hostile && name === 'tbb' ? '<img src=x onerror=alert(1)>' :
  hostile && name === 'cpu/hash' ? 'cpu/<script>alert("1")</script>' : name;

const cells = [], absent = [];
const add_cells = (workload, of) => {
  for (const model of [...Object.keys(models), 'floor']) {
    if (of.without?.includes(model)) {
      absent.push({name: `${workload}/${rename(model)}`, workload: rename(workload), model: rename(model),
                   reason: model === 'serial' ? 'serial cannot wait: nobody else would run' : `${model} cannot wait for a socket`});
      continue;
    }
    for (const size of of.sizes)
      for (const workers of scales(model) ? [1, 2, 4] : [1]) cells.push({workload, of, model, size, workers});
  }
};
for (const [workload, of] of Object.entries(workloads)) add_cells(workload, of);
if (rows_wanted)
  for (let i = 0; cells.length * 10 < rows_wanted; ++i)
    add_cells(`cpu/generated_${i}`, {param: 'tasks', sizes: [100, 1000, 10000], work: 20 * (1 + i % 50)});

const samples = rows_wanted ? Math.ceil(rows_wanted / cells.length) : 10;
const rows = [];
cells.forEach(({workload, of, model, size, workers}, family_index) => {
  const count = of.count ? of.count(size) : size;
  const m = models[model] ?? {task: 0, bytes: 0, cpu: 1};
  const parallel = scales(model) ? 1 / (1 / workers + 0.03) : 1 / 1.03;
  let ns = count * (m.task + of.work) / parallel;
  if (of.equal?.includes(model)) ns = count * of.work / parallel * 1.01;
  if (of.cross && model === 'coroutines') ns = count * 9000 / parallel;
  if (of.cross && model === 'threads') ns = count ** 1.2 * 9000 / of.cross ** 0.2 / parallel;
  if (of.cross && !['coroutines', 'threads', 'floor'].includes(model)) ns *= 2.2;
  const tail = model === 'threads' ? 30 : model.startsWith('process') ? 12 : 4;
  for (let sample = 0; sample < samples; ++sample) {
    const name = `${rename(workload)}/${rename(model)}/${of.param}:${size}/workers:${workers}`;
    const row = {name, run_name: name, family_index, per_family_instance_index: 0, run_type: 'iteration', repetitions: samples,
                 repetition_index: sample, threads: 1, workload: rename(workload), model: rename(model), params: {[of.param]: size},
                 workers, sample, block: sample};
    if (of.wrong === model && size === of.sizes.at(-1)) {
      rows.push({...row, error_occurred: true, error_message: 'wrong answer: 75024, must be 75025', iterations: 0, real_time: 0, cpu_time: 0, time_unit: 'ns'});
      continue;
    }
    const slow = sample === 3 && model === 'fibers';
    const time = ns * Math.exp(0.012 * normal() + 0.004 * sample) * (slow ? 1.4 : 1);
    const cpu_ns = time * workers * m.cpu * 0.9;
    Object.assign(row, {iterations: Math.max(1, Math.round(2e8 / time)), real_time: time, cpu_time: cpu_ns, time_unit: 'ns',
      tasks_per_second: count / time * 1e9, cpu_ns_per_task: cpu_ns / count, peak_bytes: 2.6e6 + m.bytes * count,
      bytes_per_task: m.bytes * (1 + 0.01 * normal()), voluntary_switches: Math.round((m.bytes > 20000 ? 1.2 : 0.01) * count),
      involuntary_switches: Math.round(8 * random()), page_faults: Math.round(m.bytes * count / 4096), allocations_per_task: m.bytes ? 1 : 0});
    if (of.latency) {
      const base = time / count * workers * 6;
      Object.assign(row, {p50_ns: base, p90_ns: base * 1.6, p99_ns: base * tail / 1.5, p999_ns: base * tail * 2, max_ns: base * tail * 7});
    }
    if (of.histograms) {  // too few events in a sample for p99.9, enough in ten
      delete row.p999_ns;
      row.latencies = histogram(time / count * workers * 6);
    }
    if (slow) row.disturbed = 'another process used 41 % of a core';
    rows.push(row);
  }
});
for (let i = rows.length - 1; i > 0; --i) {  // as a run writes them: in random order
  const j = Math.floor(random() * (i + 1));
  [rows[i], rows[j]] = [rows[j], rows[i]];
}

const sources = of => ({about: `made up; ${of} of equal cost`, source_direct:
`template <bench::nests M>
static long run(M& m, const input& in) {
  auto group = m.group();
  for (long i = 0; i < in.${of}; ++i)
    group.spawn(&out[i], bench::fn<one<M>>, i);
  group.join();
  return sum(out);
}`, source_coroutine:
`template <bench::nests M>
static bench::task_of<M, long> run(M& m, const input& in) {
  auto group = m.group();
  for (long i = 0; i < in.${of}; ++i)
    group.spawn(&out[i], bench::fn<one<M>>, i);
  co_await group.join();
  co_return sum(out);
}`});
const context = {
  date: '2026-11-22T20:14:05+00:00', host_name: hostile ? '<b>host</b>' : 'maple', executable: 'build/bench_cpu', num_cpus: 4, mhz_per_cpu: 2650,
  cpu_scaling_enabled: false, caches: [], load_avg: [0.2, 0.1, 0.1], library_build_type: 'debug', contend_schema: 1, contend_version: '0.1.0',
  library_version: '1.7.1', profile: 'standard', seed: 20261122, revision,
  command: ['build/contend', 'run', '--profile', 'standard', '--seed', '20261122', '--out', 'results.json'],
  started: '2026-11-22T20:14:05Z', finished: '2026-11-22T20:19:41Z', complete: true, samples: samples,
  machine: {cpu_model: 'AMD EPYC 7B13', cores: 4, kernel: '6.18.0', governor: 'performance', hypervisor: 'KVM', memory_bytes: 16777216000, page_size: 4096},
  toolchain: {compiler: 'g++', compiler_version: '12.2.0', flags: '-O3 -march=native', build_type: 'Release', libraries: {boost_context: '1.81', tbb: '2021.8'}},
  limits: {nofile: 20000, nproc: 32000, max_map_count: 65530, pid_max: 32768}, hardware_counters: false,
  settings: {memory: 'pooled', stack_bytes: 65536, spin: 0, chunk: 0, start_method: 'fork', engine: 'epoll'},
  fingerprint: {hash: '9c1f03aa51d2', facts: {cpu_model: 'AMD EPYC 7B13', cores: 4, compiler: 'g++ 12.2.0', flags: '-O3 -march=native'}},
  absent, workloads: Object.fromEntries(Object.entries(workloads).map(([name, of]) => [rename(name), sources(of.param)])),
};
process.stdout.write(JSON.stringify({context, benchmarks: rows}, null, rows_wanted ? 0 : 1) + '\n');
