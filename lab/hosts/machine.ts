import { findOnPath } from "../engine/find-on-path.js";
import { LabError } from "./lab-error.js";
import { countFault } from "./topology.js";

/** The programs that the lab takes from the machine, and the Debian package of each. */
const TOOLS = {
  chroot: "coreutils",
  flock: "util-linux",
  ip: "iproute2",
  losetup: "mount",
  "mkfs.ext4": "e2fsprogs",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  unshare: "util-linux",
};

/** Fails, saying what to do, on a machine where no lab can be. */
export async function requireMachine(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new LabError(`The lab needs Linux on x86_64; this is ${process.platform} on ${process.arch}.`);
  }
  if (process.getuid?.() !== 0) {
    throw new LabError('The lab needs root: sudo env "PATH=$PATH" npm run lab');
  }
  const fault = countFault(process.env.PI_FLEET_LAB_HOSTS);
  if (fault !== undefined) throw new LabError(fault);
  const missing: string[] = [];
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    if ((await findOnPath(tool)) === undefined) missing.push(`${tool} (${debianPackage})`);
  }
  if (missing.length > 0)
    throw new LabError(`Install what the lab needs of this machine: ${missing.join(", ")}.`);
}
