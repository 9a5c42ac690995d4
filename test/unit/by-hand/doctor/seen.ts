import { parseExamination, type Examination } from "../../../../components/on-pi/examine.js";
import type { PiAccess } from "../../../../components/protocol/access.js";
import { timeouts } from "../../steps/command.js";

/** What doctor.sh says of a Pi 4 that is well. */
export const wellText = `root=yes
os=NixOS 26.05 (Yarara)
uptime=7321.52
load=0.25 4
MemTotal=947732
MemAvailable=700000
SwapTotal=0
state=running
runner=github-runner-lab-a.service active running yes 0
before=clean
disk=/ / 30000000 20000000 1900000 1800000
disk=/nix/store / 30000000 20000000 1900000 1800000
disk=/boot/firmware /boot/firmware 30000 7000
root.partition=mmcblk0p2 77824 62256128 62333952
throttled=0x0
temperature=48312
firstboot.RESULT=consumed
firstboot.HOST=lab-a
synchronized=yes
`;

/** The same Pi, with these lines besides; those with a key that it has take the old ones' place. */
export function seen(...lines: string[]): Examination {
  const keys = lines.map((line) => line.slice(0, line.indexOf("=") + 1));
  const kept = wellText.split("\n").filter((line) => !keys.some((key) => line.startsWith(key)));
  return parseExamination([...kept, ...lines, "end=yes"].join("\n"));
}

export function piAccess(name: string, target: Partial<PiAccess["target"]> = {}): PiAccess {
  return {
    ...{ target: { name, address: `${name}.local`, user: "pi", port: 22, ...target }, timeouts },
    ...{ goal: "switch", health: { units: [] }, idle: 600 },
    reboot: { when: "never", limit: 20, board: "pi4" },
  };
}
