import { Copy } from "../copy.js";
import { nextSystem } from "./gates.js";
import { pi } from "./strikes.js";

/** Whether all faults are to run, and not those of `npm test` alone. */
export const allFaults = process.env.PI_FLEET_FAULTS === "all";

let shared: Copy | undefined;

after(async function () {
  this.timeout(60_000);
  await shared?.remove();
});

/** For the `before` of the files of this folder, which share it: a fleet of one Pi, converged, with short time limits. */
export async function onePi(context: Mocha.Context): Promise<Copy> {
  if (shared) return shared;
  const copy = (shared = await Copy.make(context, "faults"));
  await copy.config(["pi-fleet:hosts"], { [pi]: { board: "virtual" } });
  await copy.config(["pi-fleet:timeouts"], {
    probe: 4,
    connect: 8,
    build: 120,
    copy: 60,
    activate: 25,
    confirm: 15,
  });
  await nextSystem(copy, "first");
  await copy.up();
  await copy.flash(pi);
  await copy.up();
  return copy;
}
