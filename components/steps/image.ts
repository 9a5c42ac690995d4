import { ImageFolder } from "../images/image-folder.js";
import { piImage } from "../images/pi-image.js";
import type { StepResult } from "../protocol/outcome.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { progress } from "../shared/progress.js";
import { sizeText } from "../shared/size-text.js";

/** Builds the image of the Pi's card on its build host, and keeps it on this machine. */
export async function imageStep(): Promise<StepResult> {
  const { pi, buildHost, timeouts, drv, image, imageFolder, evaluationFault } = readStepInputs([
    ...(["pi", "buildHost", "timeouts"] as const),
    ...(["drv", "image", "imageFolder", "evaluationFault"] as const),
  ]);
  if (!drv || !image) return { status: "failed", phase: "evaluation", message: evaluationFault };
  let told = 0;
  const kept = await piImage({ pi, buildHost, timeouts, drv, image, folder: imageFolder }, (share, bytes) => {
    if (share < told + 0.25) return;
    told = share;
    progress(`${pi}: ${Math.floor(share * 100)} % of the image is here, ${sizeText(bytes)}`);
  });
  progress(`${pi}: the image of its card is ${kept.path}, ${sizeText(kept.bytes)}`);
  return { status: "built", image: kept };
}

/** Removes the image from this machine. */
export async function removeImageStep(): Promise<StepResult> {
  const { pi, imageFolder } = readStepInputs(["pi", "imageFolder"]);
  await new ImageFolder(imageFolder).remove(pi);
  return { status: "already there" };
}
