import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { sourceFiles } from "../../check/files.js";

// Patterns are written so that this file does not match itself.
const forbidden: { what: string; pattern: RegExp; except?: RegExp }[] = [
  {
    what: "a host of a package registry",
    pattern:
      /\bregistry[.]npmjs|proxy[.]golang[.]org|files[.]pythonhosted|(static|index)[.]crates[.]io|deb[.]debian[.]org/,
  },
  {
    what: "a path of the machine it was written on",
    pattern: /(?<![\w.}/-])[/](work|home[/]\w+)[/]/,
    except: /^\.github[/]/,
  },
  { what: "a private key", pattern: /-BEGIN [A-Z ]*PRIVATE[ ]KEY-----(\s|\\n)*[A-Za-z0-9+/=]{24}/ },
  { what: "an access token", pattern: /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40}|pul-[a-f0-9]{40})\b/ },
  {
    what: "a marker of unfinished work",
    pattern: /\b(TO[D]O|FIX[M]E|XX[X])\b/,
    except: /^package-lock\.json$/,
  },
  { what: "a test that shuts out the others", pattern: /\b(describe|it)[.]only\(/ },
];

const largest = 1_000_000;

describe("the files of the repository", () => {
  let texts: [file: string, text: string][];

  before(async () => {
    const files = (await sourceFiles()).filter((file) => statSync(file).isFile());
    texts = files.map((file) => [file, readFileSync(file, "utf8")]);
    assert.ok(texts.length > 10, "found no files to look at");
  });

  for (const { what, pattern, except } of forbidden)
    it(`name nowhere ${what}`, () => {
      const found = texts
        .filter(([file]) => !except?.test(file))
        .flatMap(([file, text]) => linesMatching(pattern, text).map((line) => `${file}:${line}`));
      assert.deepEqual(found, []);
    });

  it("are text of a reasonable size", () => {
    const found = texts
      .filter(([, text]) => text.includes("\0") || text.length > largest)
      .map(([file]) => file);
    assert.deepEqual(found, []);
  });

  it("lock npm packages by hash, not to the host they came from", () => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const locked = Object.entries<{ integrity?: string; resolved?: string }>(packages).filter(
      ([path]) => path !== "",
    );
    assert.deepEqual(
      locked.filter(([, { integrity, resolved }]) => !integrity || resolved).map(([path]) => path),
      [],
    );
  });
});

function linesMatching(pattern: RegExp, text: string): number[] {
  return [...text.matchAll(new RegExp(pattern, "g"))].map(
    ({ index }) => text.slice(0, index).split("\n").length,
  );
}
