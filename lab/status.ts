import { anchorPid, host, machines, QemuPi, qemuPi } from "./hosts/index.js";
import { shortSystem, table } from "./table.js";

/** A table of the lab's hosts: which are on, which are linked, and the system that each runs. */
export async function status(): Promise<string> {
  if ((await anchorPid()) === undefined) return "The lab is not started: npm run lab";
  const rows = await Promise.all(
    machines.map(async ({ name, address, board }) => {
      const one = host(name);
      const up = await one.isUp();
      const power = up ? "on" : (await one.isFlashed()) ? "off" : "awaiting flash";
      const cable = (await one.isLinked()) ? "plugged in" : "pulled";
      const system = up ? String((await one.run(["readlink", "/run/current-system"])).stdout) : "";
      return [name, board, address, power, cable, shortSystem(system)];
    }),
  );
  const ofQemuPi = await QemuPi.power();
  if (ofQemuPi !== undefined)
    rows.push([qemuPi.name, qemuPi.board, qemuPi.address, ofQemuPi, "-", "in QEMU"]);
  return table([["host", "board", "address", "power", "cable", "system"], ...rows]);
}
