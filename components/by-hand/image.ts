import { piImage } from "../images/pi-image.js";
import { previewedImages } from "./previewed-images.js";
import { shareLine } from "./share-line.js";

/** Builds the image of a Pi's card, if it is not there yet, and prints where it is. */
export async function imageByHand(pi: string): Promise<void> {
  for (const order of await previewedImages([pi])) {
    const { path } = await piImage(order, shareLine("of the image is here"));
    console.log(path);
  }
}
