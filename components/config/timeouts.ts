import { z } from "zod";
import { seconds } from "./fields.js";

/** `pi-fleet:timeouts` */
export const timeouts = z.strictObject({
  probe: seconds(5, "How long a preview waits for a Pi to answer."),
  connect: seconds(15, "How long `up` waits for a connection."),
  build: seconds(6 * 3600, "The limit of one Pi's build."),
  copy: seconds(3600, "The limit of copying a closure to a Pi."),
  activate: seconds(300, "The limit of switch-to-configuration on the Pi."),
  confirm: seconds(
    60,
    "How long a Pi waits for the fresh connection that confirms its new system, before it returns to the old one.",
  ),
});

export type Timeouts = z.output<typeof timeouts>;
