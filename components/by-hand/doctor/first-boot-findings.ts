import type { Examination } from "../../on-pi/examine.js";
import { commandName } from "../help.js";
import { note, ok, wrong, type Finding } from "./finding.js";

/** What became of the first-boot bundle: nix/modules/first-boot.sh writes the record. */
export function firstBootFindings(name: string, { firstBoot, bundle }: Examination): Finding[] {
  const { RESULT: result, PROBLEM: problem, HOST: host } = firstBoot;
  if (result === "refused")
    return [
      wrong(
        "first boot",
        `it did not take the first-boot bundle of its card: ${problem || "it does not say why"}`,
        `Flash the card again with the bundle of ${name}: ${commandName()} flash ${name}`,
      ),
    ];
  if (host && host !== name)
    return [
      wrong("first boot", `its card was flashed for ${host}`, `Flash it for ${name}, or put it into ${host}`),
    ];
  if (bundle)
    return [
      wrong(
        "first boot",
        `a first-boot bundle with secrets is still on its card (${bundle})`,
        result === undefined
          ? "Its system does not consume bundles: flash an image of this stack, or delete the file"
          : "The next boot deletes it: restart it. If it stays, see journalctl -u pi-fleet-first-boot there",
      ),
    ];
  if (result === "placed")
    return [
      note(
        "first boot",
        "its first-boot bundle is in place, and was still to be deleted",
        "The next boot does that",
      ),
    ];
  return result === undefined ? [] : [ok("first boot", result)];
}
