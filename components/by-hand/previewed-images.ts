import type { PiImageOrder } from "../images/pi-image.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { UserError } from "../shared/user-error.js";
import { preview, type Preview } from "./preview.js";

/**
 * Asks `pulumi preview` what the images of some Pis' cards are, so that config is read and evaluated in one way only.
 * @throws UserError when the config has faults, or an evaluation fails
 */
export async function previewedImages(pis: readonly string[]): Promise<PiImageOrder[]> {
  const planned = await previewImages(pis);
  return pis.map((pi) => imageOrder(pi, planned));
}

/**
 * Asks the same for the provisioning image of each Pi's board. Pis of one board have one image, which is kept by the name of
 * the board and built on the build host of the first of them.
 */
export async function previewedProvisioning(pis: readonly string[]): Promise<PiImageOrder[]> {
  const planned = await previewImages(pis, "provisioning:");
  return pis.map((pi) => {
    const { reboot } = readStepInputs(["reboot"], planned.environmentOf(`${pi}-activation`) ?? {});
    return { ...imageOrder(pi, planned), pi: `provisioning-${reboot.board}` };
  });
}

function previewImages(pis: readonly string[], kind = ""): Promise<Preview> {
  const names = pis.join(",");
  return preview({ PI_FLEET_ONLY: names, PI_FLEET_IMAGES: `${kind}${names}` });
}

/** What the engine shows for a value that only an `up` makes: sdk/go/common/resource/plugin/rpc.go, UnknownStringValue. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function imageOrder(pi: string, planned: Preview): PiImageOrder {
  const environment = planned.environmentOf(`${pi}-image-file`);
  if (!environment) throw new UserError(`The image of ${pi} can't be told:\n${planned.reason}`);
  if (environment["DRV"] === unknown)
    throw new UserError(`The image of ${pi} needs a key that pulumi up makes. Run that first.`);
  const { drv, image, evaluationFault, imageFolder, ...others } = readStepInputs(
    ["buildHost", "timeouts", "drv", "image", "imageFolder", "evaluationFault"],
    environment,
  );
  if (!drv || !image) throw new UserError(`${pi}: the evaluation of its image fails:\n${evaluationFault}`);
  return { pi, drv, image, folder: imageFolder, ...others };
}
