import { ensureBase } from "./base/base.js";
import { ensureQemu } from "./qemu/qemu.js";
import { generateNixpkgs, useQemuFiles } from "./hosts/generated.js";
const base = await ensureBase((l: string) => console.error(l));
const made = await ensureQemu(base, (l: string) => console.error(l));
console.log(made);
await generateNixpkgs(base);
await useQemuFiles(made);
