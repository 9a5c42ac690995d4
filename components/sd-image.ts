import * as pulumi from "@pulumi/pulumi";
import { evaluateImages } from "./evaluation/evaluate-images.js";
import type { ImageEvaluation } from "./evaluation/image.js";
import type { Pi } from "./pi.js";
import type { KeptImage } from "./protocol/kept-image.js";
import { parseOutcome } from "./protocol/outcome.js";
import { lastImage } from "./stack/last-run.js";
import { leftOutCommand, stepCommand } from "./stack/step-command.js";

export interface SdImageArgs {
  /** The Pi whose card it is for. */
  readonly pi: Pi;
  /** Where images are kept, from the project's directory; each stack has a folder in it. @default .fleet/images */
  readonly folder?: string | undefined;
  /** What Nix says of it, when several were evaluated at once. @default it is evaluated alone */
  readonly evaluation?: pulumi.Input<ImageEvaluation>;
}

/**
 * The image of a Pi's card, built on the Pi's build host when it differs, and kept in a file on this machine. It has no
 * secret in it: what a card needs besides is written by `npm run pi -- flash PI`.
 */
export class SdImage extends pulumi.ComponentResource {
  /** All of it together. */
  readonly kept: pulumi.Output<KeptImage>;
  /** The file, from the project's directory unless `folder` is absolute. */
  readonly path: pulumi.Output<string>;
  /** The size of the file in bytes. */
  readonly bytes: pulumi.Output<number>;
  /** Of the file as it is, compressed or not. */
  readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: SdImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:SdImage", name, {}, opts);
    this.kept = args.pi.leftOut ? this.leaveAsItIs(name, args.pi) : this.build(name, args);
    this.path = this.kept.apply(({ path }) => path);
    this.bytes = this.kept.apply(({ bytes }) => bytes);
    this.sha256 = this.kept.apply(({ sha256 }) => sha256);
    this.registerOutputs({ path: this.path });
  }

  private build(
    name: string,
    { pi, folder = ".fleet/images", evaluation }: SdImageArgs,
  ): pulumi.Output<KeptImage> {
    const evaluated = pulumi.output(evaluation ?? evaluateAlone(pi));
    const { timeouts, buildHost } = pi.stepInputs;
    const built = stepCommand(
      `${name}-file`,
      {
        run: "image",
        remove: "remove-image",
        inputs: {
          ...{ pi: pi.name, buildHost, timeouts, imageFolder: `${folder}/${pulumi.getStack()}` },
          drv: evaluated.apply((one) => (one.kind === "image" ? one.drvPath : undefined)),
          image: evaluated.apply((one) => (one.kind === "image" ? one.outPath : undefined)),
          evaluationFault: evaluated.apply((one) => (one.kind === "failed" ? one.message : "")),
        },
      },
      { parent: this },
    );
    return built.stdout.apply((stdout) => {
      const { image } = parseOutcome(pi.name, stdout);
      if (!image) throw new Error(`the step of ${name} left no image`);
      return image;
    });
  }

  private leaveAsItIs(name: string, pi: Pi): pulumi.Output<KeptImage> {
    leftOutCommand(`${name}-file`, { parent: this });
    return lastImage(pi.name).apply((image) => image ?? { path: "", bytes: 0, sha256: "" });
  }
}

function evaluateAlone(pi: Pi): pulumi.Output<ImageEvaluation> {
  return pi.toldToNix().apply(async (host) => {
    const evaluations = await evaluateImages({ [pi.name]: host }, pi.nix, pulumi.getStack());
    return evaluations[pi.name]!;
  });
}
