import { text } from "node:stream/consumers";
import { PhaseError } from "../protocol/phase-error.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { UserError } from "../shared/user-error.js";
import { SshError } from "../ssh/ssh-error.js";
import { adoptByHand } from "./adopt.js";
import { asRootVerbs } from "./as-root.js";
import { examineByHand } from "./doctor/doctor.js";
import { flashByHand } from "./flash.js";
import { showGenerations } from "./generations.js";
import { commandName, helpText, verbs, type Verb } from "./help.js";
import { imageByHand } from "./image.js";
import { readAccess } from "./read-access.js";
import { rebootByHand } from "./reboot.js";
import { showReport } from "./report.js";
import { rollback } from "./rollback.js";
import { showStatus } from "./status.js";
import { stackOutputs } from "./stack-outputs.js";
import { tryOut } from "./try-out.js";
import { verifyAsRoot, verifyByHand } from "./verify.js";
import { writeCardAsRoot } from "./write-card.js";

async function main([verb, ...words]: string[]): Promise<void> {
  const help = helpText(commandName());
  const isAsked = (word: string) => ["--help", "-h"].includes(word);
  if (verb === undefined || verb === "help" || [verb, ...words].some(isAsked)) return console.log(help);
  if (verb === asRootVerbs.flash) return writeCardAsRoot(await text(process.stdin));
  if (verb === asRootVerbs.verify) return verifyAsRoot(await text(process.stdin));
  if (!isVerb(verb))
    throw new UserError(
      `There is no verb "${verb}"${didYouMean(verb, [...Object.keys(verbs), "help"])}\n\n${help}`,
    );
  if (verb === "flash") return flashByHand(words);
  if (verb === "verify") return verifyByHand(words);
  if (verb === "adopt") return adoptByHand(words);
  const tooMany = words.slice(verbs[verb].takes);
  if (tooMany.length > 0) throw new UserError(`${verb} does not take "${tooMany.join(" ")}".\n\n${help}`);

  if (verb === "doctor") {
    const outputs = await stackOutputs();
    if (!outputs.access) throw new UserError("The stack has no Pis to reach yet: pulumi up makes them.");
    return examineByHand(outputs.access, namedPi(verb, words[0], outputs.access.pis), outputs);
  }
  if (verb === "report") {
    const outputs = await stackOutputs();
    if (words[0] !== undefined) namedPi(verb, words[0], outputs.pis);
    return showReport(outputs, words[0]);
  }
  const access = await readAccess();
  if (verb === "status") return showStatus(access);
  const [name, generation] = words;
  const pi = namedPi(verb, name, access.pis);
  switch (verb) {
    case "image":
      return imageByHand(pi.target.name);
    case "generations":
      return showGenerations(access, pi);
    case "rollback":
      return rollback(access, pi, generation);
    case "reboot":
      return rebootByHand(access, pi);
    case "dry-activate":
    case "test":
      return tryOut(access, verb, pi.target.name);
  }
}

function isVerb(word: string): word is Verb {
  return Object.keys(verbs).includes(word);
}

function namedPi<T>(verb: Verb, name: string | undefined, pis: Readonly<Record<string, T>>): T {
  const pi = name === undefined ? undefined : pis[name];
  if (pi) return pi;
  const names = Object.keys(pis);
  const fault = name
    ? `There is no Pi "${name}"${didYouMean(name, names)}`
    : `${verb} needs the name of a Pi.`;
  throw new UserError(`${fault} There are: ${names.join(", ")}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError || error instanceof SshError || error instanceof PhaseError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
