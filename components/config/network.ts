import { z } from "zod";
import { networkInterface } from "./fields.js";
import { tailscale, tailscaleForNix } from "./tailscale.js";
import { wifi, wifiForNix } from "./wifi.js";

const cidr = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, "an IPv4 address with its prefix, such as 192.168.1.122/24")
  .refine(
    (value) => {
      const [ip, prefix] = value.split("/");
      return z.ipv4().safeParse(ip).success && Number(prefix) <= 32;
    },
    { error: "an IPv4 address with its prefix, such as 192.168.1.122/24", abort: true },
  );

/** `hosts.NAME.network` */
export const network = z
  .strictObject({
    mdns: z.boolean().default(true).describe("Answer as NAME.local (avahi)."),
    address: cidr.optional().describe("A static address with its prefix; absent means DHCP."),
    gateway: z
      .ipv4()
      .optional()
      .describe("The default route; needed with a static address that leaves its own network."),
    nameservers: z.array(z.ipv4()).default([]).describe("DNS servers for a static address."),
    interface: networkInterface
      .optional()
      .describe("The interface that gets the static address; end0 by default, wlan0 on a Zero 2 W."),
    wifi: wifi.optional(),
    tailscale: tailscale.optional(),
  })
  .describe("How the Pi joins the network.");

export function networkForNix({ wifi, tailscale, ...others }: z.output<typeof network>) {
  return {
    ...others,
    wifi: wifi && wifiForNix(wifi),
    tailscale: tailscale && tailscaleForNix(tailscale),
  };
}
