import { localPath } from "./local-path.js";

/** `pi-fleet:hostsFile` */
export const hostsFile = localPath.describe(
  "A YAML or JSON file with what else is hosts: the Pis by host name. From the project's directory.",
);
