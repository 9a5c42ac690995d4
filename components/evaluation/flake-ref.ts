import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

/**
 * A flake reference of the config as Nix is given it. Folders are taken from the project's directory.
 *
 * A folder in a git tree is named by its bare path. Nix then reads what git knows, and neither ignored files nor `.git`
 * get into its store, which everybody on the machine can read. `path:` would copy all of them. It is used for a folder
 * that is in no git tree, for one that git ignores, such as a package in node_modules, and where the config says `path:`.
 *
 * @param needed files of the flake that Nix must see; the others may be new to git
 * @throws UserError when git does not know one of them, since Nix would not see it
 */
export async function flakeRef(ref: string, needed: readonly string[] = ["flake.nix"]): Promise<string> {
  const [, explicit = "", written = "", query = ""] = /^(path:)?([^?]*)(\?.*)?$/.exec(ref) ?? [];
  if (!explicit && !/^(\.{0,2}\/|\.{1,2}$|~\/)/.test(written)) return ref;

  const folder = resolve(written.replace(/^~(?=\/)/, homedir()));
  const asPath = `path:${encodeURI(folder)}${query}`;
  if (explicit || !existsSync(folder)) return asPath;
  const real = realpathSync(folder);
  const flake = join(real, new URLSearchParams(query).get("dir") ?? "");
  const tree = gitTree(real);
  // Of a source that is no flake, Nix takes the whole tree, whatever folder of it is named.
  if (!tree || (real !== tree && !existsSync(join(flake, "flake.nix")))) return asPath;
  switch (await seenByGit(flake, needed)) {
    case "known":
      return `${real}${query}`;
    case "ignored":
      return asPath;
    case "not told":
      // Nix would refuse too. A folder below the tree's root brings no `.git` along.
      return real === tree ? `${real}${query}` : asPath;
  }
}

/** The git tree that a folder is in. */
function gitTree(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : gitTree(parent);
}

/**
 * What git says of a flake. It tells nothing where it is not installed, or where the tree is somebody else's.
 * @throws UserError when it does not know a needed file and does not ignore the flake
 */
async function seenByGit(
  flake: string,
  needed: readonly string[],
): Promise<"known" | "ignored" | "not told"> {
  const git = (...argv: string[]) => runProcess("git", ["-C", flake, ...argv]);
  const present = needed.filter((file) => existsSync(join(flake, file)));
  const { exitCode, stdout } = await git("ls-files", "--", ...present);
  if (exitCode !== 0) return "not told";
  const known = stdout.split("\n");
  const unknown = present.filter((file) => !known.includes(file));
  if (unknown.length === 0) return "known";
  if (unknown.includes("flake.nix") && (await git("check-ignore", "--quiet", "flake.nix")).exitCode === 0)
    return "ignored";
  throw new UserError(
    `git does not know ${unknown.join(" and ")} in ${flake}, and of a git tree Nix sees what git knows. Run: ` +
      `git -C ${quoted(flake)} add ${unknown.join(" ")}`,
  );
}

/** A path for a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
