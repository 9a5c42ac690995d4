/** What a Pi's firmware reads in config.txt, for one model. */
export type FirmwareSettings = ReadonlyMap<string, string>;

/** A filter that is no model: it holds for one serial number, monitor or pin, of which nothing is known here. */
const isModelFilter = (filter: string) => /^(pi\d\S*|cm\d\S*)$/.test(filter);

/**
 * Reads config.txt as the firmware of a model does: the last value of a setting wins. Sections for single devices are passed
 * over. Raspberry Pi documentation, config_txt/conditional.adoc.
 * @param models the filters that hold for the model, such as `pi3`
 */
export function readConfigTxt(text: string, models: readonly string[]): FirmwareSettings {
  const settings = new Map<string, string>();
  const off = { model: false, other: false };
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const filter = /^\[(.+)\]$/.exec(line)?.[1]?.toLowerCase();
    if (filter === "all") Object.assign(off, { model: false, other: false });
    else if (filter === "none") off.model = true;
    else if (filter && isModelFilter(filter)) off.model = !models.includes(filter);
    else if (filter) off.other = true;
    else if (!off.model && !off.other) {
      // `initramfs FILE ADDRESS` is the one setting without an equals sign.
      const [, key, value] = /^([^#\s=]+)\s*[=\s]\s*(.*)$/.exec(line) ?? [];
      if (key) settings.set(key, value!.trim());
    }
  }
  return settings;
}
