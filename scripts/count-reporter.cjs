/**
 * Mocha's spec reporter, which also leaves the counts behind for `npm test`: as JSON in the file that CAIRN_TEST_COUNTS names.
 *
 * CommonJS, because Mocha takes a reporter as what its module is.
 */
const fs = require('node:fs');
const Mocha = require('mocha');

class CountReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: [], failures: [] };
    runner.on('pass', () => counts.passed++);
    runner.on('fail', (test, error) => {
      counts.failed++;
      counts.failures.push({ title: test.fullTitle(), why: String(error.stack ?? error.message) });
    });
    runner.on('pending', (test) => counts.skipped.push(test.fullTitle()));
    runner.on('end', () => fs.writeFileSync(process.env.CAIRN_TEST_COUNTS, JSON.stringify(counts)));
  }
}

module.exports = CountReporter;
