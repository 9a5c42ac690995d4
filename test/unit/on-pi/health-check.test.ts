import { equal, match } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";

const common = resolve(import.meta.dirname, "../../../components/on-pi/activate/common.sh");

describe("the health check of a restricted deploy user", () => {
  let dir: string;
  before(async () => (dir = await mkdtemp(join(tmpdir(), "pi-fleet-health-"))));
  after(() => rm(dir, { recursive: true }));

  /** The arguments of setpriv on a Pi that has these accounts. */
  async function runsAs(accounts: string): Promise<string> {
    await writeFile(join(dir, "order"), "units=\ncheck=true\nrestricted=pi\n");
    const id = `id() { for word; do :; done; case " ${accounts} " in *" $word "*) echo 100 ;; *) return 1 ;; esac; }`;
    const setpriv = `setpriv() { echo "$@" >'${dir}/called'; }`;
    const script = `. '${common}'; run='${dir}'; ${id}; ${setpriv}; unhealthy '${dir}/order'`;
    const { stdout } = await execa("sh", ["-c", script]);
    equal(stdout, "");
    return readFile(join(dir, "called"), "utf8");
  }

  it("runs as that user", async () => {
    match(await runsAs("pi nobody"), /^--reuid=pi --regid=100 --init-groups sh -c true$/m);
  });

  it("runs as nobody when the new system has given the user another name", async () => {
    match(await runsAs("beau nobody"), /^--reuid=nobody --regid=100 --init-groups sh -c true$/m);
  });
});
