import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  packBundle,
  type BundleFile,
  type FirstBootBundle,
} from "../../../components/images/first-boot-bundle.js";
import { packageRoot } from "../../../components/shared/package-root.js";

const me = userInfo().username;
const script = readFileSync(join(packageRoot, "nix/modules/first-boot.sh"), "utf8");

/** What a power cut may come before: whatever changes something. */
const changing = [
  "chmod",
  "chown",
  "mkdir",
  "mount",
  "mv",
  "rm",
  "shred",
  "sync",
  "tar",
  "umount",
  "useradd",
];

/** A Pi whose card is a folder, with first-boot.sh and stand-ins for what only root may do. */
export class FirstBootPi {
  private constructor(readonly dir: string) {}

  static async make(): Promise<FirstBootPi> {
    const pi = new FirstBootPi(await mkdtemp(join(tmpdir(), "pi-fleet-first-boot-")));
    const { dir } = pi;
    for (const folder of ["bin", "fat/pi-fleet", "run", "root/sys/dev/block"])
      mkdirSync(join(dir, folder), { recursive: true });
    // Disk mmcblk1, whose minors do not tell the partition's number, and a stick with the same labels.
    for (const [disk, part, number, device] of [
      ["mmcblk1", "mmcblk1p1", "1", "179:97"],
      ["mmcblk1", "mmcblk1p2", "2", "179:98"],
      ["sda", "sda1", "1", "8:1"],
    ] as const) {
      const folder = join(dir, "root/sys/block", disk, part);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "partition"), `${number}\n`);
      await execa("ln", ["-s", folder, join(dir, "root/sys/dev/block", device)]);
    }
    pi.program("findmnt", 'case $* in *" /") echo 179:98 ;; *) echo 8:1 ;; esac');
    pi.program(
      "mount",
      `case $2 in vfat) ;; *) echo rw >${dir}/card-mode; exit 0 ;; esac
      echo "$*" >>${dir}/mounted; echo ro >${dir}/card-mode; rmdir "$6" && ln -s ${dir}/fat "$6"`,
    );
    pi.program("umount", `rm "$1"`);
    pi.program(
      "shred",
      `grep -q rw ${dir}/card-mode || exit 1
      echo "shred $*" >>${dir}/order; exec /usr/bin/shred "$@"`,
    );
    // The disk of this machine is not what is tested; the order is.
    pi.program("sync", `echo "sync $*" >>${dir}/order`);
    pi.program("mv", `echo "mv $*" >>${dir}/order; exec /usr/bin/mv "$@"`);
    pi.program(
      "chown",
      `case $1 in absent:*) echo "chown: invalid user: $1" >&2; exit 1 ;; esac; echo "$*" >>${dir}/chowned`,
    );
    writeFileSync(
      join(dir, "first-boot.sh"),
      script
        .replace(/^root=.*$/m, `root=${dir}/root`)
        .replace(/^work=.*$/m, `work=${dir}/run/work`)
        .replace(/^PATH=.*$/m, `PATH=${dir}/bin:/usr/bin:/bin`),
    );
    pi.marker("VERSION=1\nHOST=pi4\nSTACK=dev\n");
    return pi;
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true });
  }

  /** Puts a program of this name before the real one. */
  program(name: string, text: string): void {
    writeFileSync(join(this.dir, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(this.dir, "bin", name), 0o755);
  }

  marker(text: string): void {
    writeFileSync(join(this.dir, "fat/pi-fleet/image"), text);
  }

  put(bundle: Buffer | Partial<FirstBootBundle> = {}): void {
    const bytes = Buffer.isBuffer(bundle) ? bundle : packBundle({ ...aBundle(), ...bundle });
    writeFileSync(join(this.dir, "fat/pi-fleet/first-boot.tar"), bytes);
  }

  /** What a boot does. */
  async boot({ host = "pi4", after = "" } = {}) {
    // What was in memory is gone, and so are mounts.
    await rm(join(this.dir, "run"), { recursive: true, force: true });
    mkdirSync(join(this.dir, "run"));
    return execa("sh", [join(this.dir, "first-boot.sh")], {
      env: { HOST: host, AFTER: after },
      reject: false,
      all: true,
      // A power cut ends all of it at once: the process group.
      detached: true,
    });
  }

  /** From now on the power goes away before the n-th command that changes something; 0 is never. */
  cutPowerBefore(n: number): void {
    const counter = join(this.dir, "count");
    writeFileSync(counter, "0\n");
    writeFileSync(join(this.dir, "cut"), `${n}\n`);
    for (const name of changing) {
      const own = join(this.dir, "bin", name);
      const real = `${own}.real`;
      try {
        if (!readFileSync(own, "utf8").includes("kill -9 0")) writeFileSync(real, readFileSync(own));
      } catch {
        writeFileSync(real, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`);
      }
      chmodSync(real, 0o755);
      this.program(
        name,
        `read -r n <${counter}; n=$((n + 1)); echo $n >${counter}; read -r cut <${this.dir}/cut
        [ $n -ne $cut ] || kill -9 0
        exec ${real} "$@"`,
      );
    }
  }

  async text(path: string): Promise<string> {
    return readFile(join(this.dir, path), "utf8");
  }

  /** Each file below a folder, with its mode. */
  async files(folder: string): Promise<string[]> {
    const found = await readdir(join(this.dir, folder), { recursive: true, withFileTypes: true });
    const lines = found
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const mode = ((await stat(path)).mode & 0o7777).toString(8);
        return `${path.slice(join(this.dir, folder).length)} ${mode}`;
      });
    return (await Promise.all(lines)).filter((line) => !/^\/sys\//.test(line)).sort();
  }
}

export const aFile = (more: Partial<BundleFile> = {}): BundleFile => ({
  path: "/etc/ssh/ssh_host_ed25519_key",
  content: Buffer.from("the private key\n"),
  owner: me,
  group: me,
  mode: "0600",
  ...more,
});

export const aBundle = (): FirstBootBundle => ({
  ...{ host: "pi4", stack: "dev", user: "deploy" },
  files: [
    aFile(),
    aFile({ path: "/etc/ssh/ssh_host_ed25519_key.pub", content: Buffer.from("public\n"), mode: "0644" }),
    aFile({
      path: "/var/lib/pi-fleet-secrets/wireless.conf",
      content: Buffer.from("psk=x y\n"),
      mode: "0640",
    }),
    aFile({ path: "/var/lib/pi-fleet/provisioned/identity", mode: "0644", provisioning: true }),
  ],
});
