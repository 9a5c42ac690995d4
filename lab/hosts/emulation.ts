import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../engine/cache.js";
import { withLock } from "../engine/lock.js";
import { onLaptop, requireAnchor } from "./namespaces.js";
import { labId } from "./paths.js";

const ENTRY = "/proc/sys/fs/binfmt_misc/pi-fleet-lab-aarch64";
// ELF, 64 bit, little endian, executable or shared, machine 183; the OS ABI byte is not looked at.
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/** Lets the machine run aarch64 programs, also in the hosts' roots, if it can't yet. */
export async function startEmulation(base: string): Promise<void> {
  const anchor = await requireAnchor();
  await locked(async () => {
    if (!(await laptop(anchor, ["test", "-e", ENTRY]))) {
      const native = await laptop(anchor, [
        "chroot",
        `${base}/rootfs`,
        "/usr/lib/pi-fleet-lab/sh-aarch64",
        "-c",
        ":",
      ]);
      if (native) return;
      // F opens the emulator now, so that it works in any root. O and C keep open files and credentials. P keeps the
      // name that a program is called by, which busybox needs.
      const rule = `:pi-fleet-lab-aarch64:M::${MAGIC}:${MASK}:${base}/qemu-aarch64:POCF`;
      await laptop(anchor, ["sh", "-c", `printf %s "$1" > ${dirname(ENTRY)}/register`, "sh", rule]);
    }
    // The rule is the machine's: it stays until the last lab that uses it is down.
    await mkdir(users(), { recursive: true });
    await writeFile(users(labId()), "");
  });
}

/** Gives the emulator back, which removes it from the machine when no other lab uses it. */
export async function stopEmulation(): Promise<void> {
  await locked(async () => {
    await rm(users(labId()), { force: true });
    if ((await readdir(users()).catch(() => [])).length > 0) return;
    const remove = `mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 0
      if [ -e ${ENTRY} ]; then echo -1 > ${ENTRY}; fi`;
    await execa("unshare", ["--mount", "sh", "-c", remove]);
  });
}

async function laptop(anchor: number, command: readonly string[]): Promise<boolean> {
  const [file = "", ...args] = [...onLaptop(anchor), ...command];
  return (await execa(file, args, { reject: false })).exitCode === 0;
}

function users(...parts: string[]): string {
  return cacheDir("emulator-users", ...parts);
}

function locked(work: () => Promise<void>): Promise<void> {
  return withLock(cacheDir("emulator.lock"), { timeout: 20_000 }, work);
}
