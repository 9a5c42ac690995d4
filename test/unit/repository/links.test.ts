import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const pages = ["README.md", ...readdirSync("docs").map((file) => `docs/${file}`)].filter((file) =>
  file.endsWith(".md"),
);

/** Paths that a page may name though a checkout does not have them: a person makes the first. */
const made = ["nix/flake.lock", "nix/secrets/token.age"];

describe("the manual's pages", () => {
  it("are found, with links among them", () => {
    assert.ok(pages.length > 5, pages.join(", "));
    assert.ok(pages.flatMap(linksOf).length > 20);
  });

  it("link to files that are there", () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter(({ file }) => !existsSync(file))
        .map(({ target }) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("link to headings that are there", () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter(({ file, anchor }) => anchor && existsSync(file) && !anchorsOf(file).includes(anchor))
        .map(({ target }) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("name files and folders of the repository that are there", () => {
    const wrong = pages.flatMap((page) =>
      pathsNamedIn(page)
        .filter((path) => !made.includes(path) && !existsSync(path))
        .map((path) => `${page}: ${path}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe("a heading's anchor", () => {
  const cases: [heading: string, anchor: string][] = [
    ["Stand-ins, and what they don't model", "stand-ins-and-what-they-dont-model"],
    ["After `pulumi destroy`", "after-pulumi-destroy"],
    ["Keys: who can log in", "keys-who-can-log-in"],
  ];
  for (const [heading, anchor] of cases)
    it(`of "${heading}" is as GitHub makes it`, () => assert.equal(anchorOf(heading), anchor));
});

interface Link {
  readonly target: string;
  readonly file: string;
  readonly anchor: string;
}

/** The links of a page that lead to this repository. */
function linksOf(page: string): Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { target, anchor, file: path === "" ? page : normalize(join(dirname(page), path)) };
    });
}

function anchorsOf(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

/** GitHub's rule: small letters, punctuation left out, a hyphen for each space. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** What stands in backticks and looks like a path from the repository's root. */
function pathsNamedIn(page: string): string[] {
  return [...prose(page).matchAll(/`((?:components|docs|lab|nix|test|\.github)\/[\w./-]*)`/g)].map(
    ([, path = ""]) => path,
  );
}

/** A page without its blocks of code. */
function prose(page: string): string {
  return readFileSync(page, "utf8").replace(/^( *)```.*?^\1```$/gms, "");
}
