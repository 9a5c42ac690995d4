"use strict";

const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

const {
  EVENT_TEST_PASS,
  EVENT_TEST_FAIL,
  EVENT_TEST_PENDING,
  EVENT_TEST_END,
  EVENT_HOOK_END,
  EVENT_RUN_END,
} = Runner.constants;

/**
 * Mocha's spec report, with the reason of each skip, and one JSON line an event in the file that
 * PI_FLEET_TEST_RESULTS names. Lines are written at once, so that what ran before a crash still counts.
 */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);

    const file = process.env.PI_FLEET_TEST_RESULTS;
    const record = (event) => file && appendFileSync(file, `${JSON.stringify(event)}\n`);
    const took = (title, { duration }) => duration >= 1000 && record({ event: "took", title, ms: duration });

    runner.on(EVENT_TEST_PASS, () => record({ event: "passed" }));
    runner.on(EVENT_TEST_FAIL, (test, error) =>
      record({ event: "failed", title: test.fullTitle(), reason: excerpt(String(error?.message ?? error)) }),
    );
    runner.on(EVENT_TEST_PENDING, (test) => {
      const reason = skipReason(test);
      console.log(`      skipped: ${reason}`);
      record({ event: "skipped", title: test.fullTitle(), reason });
    });
    runner.on(EVENT_TEST_END, (test) => took(test.fullTitle(), test));
    runner.on(EVENT_HOOK_END, (hook) => took(hook.fullTitle(), hook));
    runner.on(EVENT_RUN_END, () => record({ event: "end" }));
  }
};

/** The first and last lines of an error, for the summary. The whole error is printed where it happened. */
function excerpt(message) {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const some = lines.length > 12 ? [...lines.slice(0, 4), "…", ...lines.slice(-8)] : lines;
  return some.map((line) => line.slice(0, 200));
}

function skipReason(test) {
  for (let node = test; node; node = node.parent) if (node.skipReason) return node.skipReason;
  return "no reason given; say why with skip() of test/skip.ts";
}
