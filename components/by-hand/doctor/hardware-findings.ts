import type { Examination } from "../../on-pi/examine.js";
import { sizeText } from "../../shared/size-text.js";
import { times } from "./disk-findings.js";
import { note, ok, wrong, type Finding } from "./finding.js";

const MiB = 1024 ** 2;

/** The bits of get_throttled: raspberrypi/documentation, os/graphics-utilities.adoc. Those from 16 on are of the whole boot. */
const bits = { undervoltage: 0, capped: 1, throttled: 2, hot: 3 };

/** Power, heat, memory, load and Wi-Fi. */
export function hardwareFindings(name: string, seen: Examination): Finding[] {
  return [
    ...powerFindings(seen),
    ...heatFindings(seen),
    ...memoryFindings(name, seen),
    ...loadFindings(seen),
    ...wifiFindings(seen),
  ];
}

function powerFindings({
  throttled = 0,
  undervoltage,
  thisBoot,
  bootBefore,
  ...seen
}: Examination): Finding[] {
  const better =
    "Take a power supply and a cable for this board, and fewer USB devices without a supply of their own";
  const was = (bit: number) => Boolean(throttled & (1 << (bit + 16)));
  if (throttled & (1 << bits.undervoltage) || undervoltage)
    return [wrong("power", "its voltage is too low now, which harms cards and slows it down", better)];
  const { power } = thisBoot;
  if (power || was(bits.undervoltage))
    return [
      note(
        "power",
        `its voltage was too low ${power ? times(power.count) : "at least once"} since it booted`,
        better,
      ),
    ];
  if (bootBefore.power)
    return [
      note("power", `its voltage was too low ${times(bootBefore.power.count)} in the boot before`, better),
    ];
  // A machine that tells nothing of its voltage is not well for that.
  return seen.temperature === undefined && throttled === 0 ? [] : [ok("power")];
}

function heatFindings({ throttled = 0, temperature }: Examination): Finding[] {
  const cool = "Give it a heat sink, a fan or more air";
  const degrees = temperature === undefined ? "" : `${Math.round(temperature)} °C`;
  if (temperature !== undefined && temperature >= 80)
    return [wrong("heat", `it has ${degrees} and slows itself down`, cool)];
  // Low voltage slows it down too, and is told by itself.
  const slow = throttled & (1 << bits.undervoltage) ? 0 : (1 << bits.throttled) | (1 << bits.capped);
  const now = throttled & ((1 << bits.hot) | slow);
  const before = throttled & (1 << (bits.hot + 16));
  if (now) return [note("heat", `it slows itself down now${degrees && `, at ${degrees}`}`, cool)];
  if (before || (temperature !== undefined && temperature >= 70))
    return [
      note(
        "heat",
        `it is warm${degrees && ` (${degrees})`}${before ? " and slowed itself down since it booted" : ""}`,
        cool,
      ),
    ];
  return degrees ? [ok("heat", degrees)] : [];
}

function memoryFindings(name: string, { thisBoot, bootBefore, memory }: Examination): Finding[] {
  const more = `hosts.${name}.lowMemory adds swap in compressed memory, and its swapFileMiB on the card; a runner's job may also be too much for this board`;
  const killed = (words: { count: number; last: string }, when: string) =>
    `memory ran out ${times(words.count)} ${when}, and the kernel ended a process: ${words.last}`;
  const { oom } = thisBoot;
  const low = memory && memory.available < Math.min(64 * MiB, memory.total / 10);
  return [
    ...(oom ? [wrong("memory", killed(oom, "since it booted"), more)] : []),
    ...(bootBefore.oom
      ? [note("memory", killed(bootBefore.oom, "in the boot before"), oom ? undefined : more)]
      : []),
    ...(low
      ? [wrong("memory", `${sizeText(memory.available)} of ${sizeText(memory.total)} are available`, more)]
      : []),
    ...(!oom && !low && memory ? [ok("memory", `${sizeText(memory.available)} available`)] : []),
  ];
}

function loadFindings({ load }: Examination): Finding[] {
  if (!load || load.average < load.processors * 4) return [];
  return [
    note(
      "load",
      `its load of the last five minutes is ${load.average} on ${load.processors} processors`,
      "See top there; a load without work for the processors is a card that is slow",
    ),
  ];
}

function wifiFindings({ wifi }: Examination): Finding[] {
  if (!wifi || wifi.level > -75) return [];
  return [
    note(
      "Wi-Fi",
      `${wifi.name} hears its access point at ${wifi.level} dBm, which is weak`,
      "Move it, or take a cable",
    ),
  ];
}
