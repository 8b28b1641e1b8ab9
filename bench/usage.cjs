// Loaded into a measured process (`node --require`, which costs a millisecond where `--import` would cost many): writes what
// it used when it ends.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(
    process.env.BENCH_USAGE,
    JSON.stringify({ maxRSS, cpu: (userCPUTime + systemCPUTime) / 1e3 }),
  );
});
