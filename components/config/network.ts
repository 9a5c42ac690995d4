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
      return isOfHost(ip!) && Number(prefix) >= 1 && Number(prefix) <= 32;
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
      .refine(isOfHost, "the IPv4 address of a router")
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

/** Whether it is an IPv4 address that a host can have: not 0.0.0.0, its own 127.0.0.1, or one for many. RFC 6890 */
function isOfHost(ip: string): boolean {
  const first = Number(ip.split(".")[0]);
  return z.ipv4().safeParse(ip).success && first !== 0 && first !== 127 && first < 224;
}

export function networkForNix({ wifi, tailscale, ...others }: z.output<typeof network>) {
  return {
    ...others,
    wifi: wifi && wifiForNix(wifi),
    tailscale: tailscale && tailscaleForNix(tailscale),
  };
}
