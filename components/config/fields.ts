import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";

/**
 * A number is no name. YAML makes 7 of 007, 1000 of 1e3 and 31 of 0x1f, and the engine then shows only the number. The
 * resolver reads such a name as an IPv4 address besides (inet_aton(3)).
 */
export const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a host name is 1 to 63 of a-z, 0-9 and -, and starts and ends with a letter or digit (RFC 1123)",
  )
  .regex(
    /^(?!(\d+|0x[0-9a-f]+)$)/,
    "a host name is no number: YAML makes 7 of 007 and 1000 of 1e3, and ssh reads it as an IP address. " +
      "Put quotes around 1e3, and give 007 a letter, as in pi-007",
  );

/** What `ssh` is given as a host. A leading `-` would be an option of ssh. */
export const address = z
  .string()
  .regex(
    /^(::)?[A-Za-z0-9]([A-Za-z0-9._:%-]*[A-Za-z0-9])?\.?$/,
    "an IP address, a DNS name, or a Host alias of your ssh config",
  )
  .max(253, "a DNS name has at most 253 characters")
  .refine((text) => !text.includes(":") || isIPv6(text), "an address without its port, which is `port`")
  .refine(
    (text) => text.includes(":") || !text.includes("%"),
    "only an IPv6 address has an interface behind %",
  )
  .refine(
    (text) => !/^(0x[0-9a-f]+|[\d.]+)$/i.test(text) || (isIPv4(text) && !text.startsWith("0.")),
    "an IPv4 address has four numbers up to 255, and 0.0.0.0 is nobody's",
  );

const unixName = /^[a-z_][a-z0-9_-]{0,30}$/;

/** The user that ssh logs in as. Fewer than 32 characters: nixpkgs, nixos/modules/config/users-groups.nix. */
export const user = z
  .string()
  .regex(unixName, "a user name is at most 31 of a-z, 0-9, _ and -, and starts with a letter (useradd(8))");

/** An account on a Pi or on a builder. */
export const accountName = z
  .string()
  .regex(unixName, "a user name is at most 31 of a-z, 0-9, _ and -, and starts with a letter");

export const accountGroup = z
  .string()
  .regex(unixName, "a group name is at most 31 of a-z, 0-9, _ and -, and starts with a letter");

export const port = z
  .int()
  .min(1)
  .max(65535)
  .refine((number) => number !== 0o22, "18 is what YAML makes of 0022: write 22");

/** A duration of at most a day, in seconds. */
export const seconds = (fallback: number, meaning: string) =>
  z.int().min(1).max(86400).default(fallback).describe(`${meaning} Seconds.`);

/** The switch of an option group: naming the group turns it on. */
export const enable = z.boolean().default(true).describe("Whether it is on.");

export const fileOnPi = z
  .string()
  .regex(
    /^(?!.*\/\.{1,2}(\/|$))\/[A-Za-z0-9_./-]+$/,
    "an absolute path of a file on the Pi, without . and .. in it",
  );

/** The name of a stack secret that becomes a line of a file on the Pi. */
export const secretName = z.string().regex(/^[A-Za-z0-9_]{1,64}$/, "a name of letters, digits and _");

/** A path inside the flake's directory: relative, without `..`. */
export const fileBelowNix = (extension: "nix" | "age", example: string) =>
  z
    .string()
    .regex(
      new RegExp(`^(?!\\/)(?!.*(^|\\/)\\.\\.(\\/|$))[A-Za-z0-9_./-]+\\.${extension}$`),
      `a .${extension} file below nix/, such as ${example}`,
    );

export const networkInterface = z.string().regex(/^[a-z][a-z0-9]{0,14}$/);

/** A name that is a part of a path in GitHub's REST API. */
export const gitHubName = (meaning: string) =>
  z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]+$/, `${meaning}: letters, digits, _ . and -`);

/** The URL of a GitHub or of its REST API. It may be http only inside a private network. */
export const gitHubUrl = z
  .string()
  .regex(
    /^(https:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|http:\/\/(127|10|192\.168)\.[0-9.]+)(:\d+)?(\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$/,
    "https://HOST without a slash at its end, a user or a query; http only at a private address",
  )
  .refine((text) => URL.canParse(text), "a URL whose host and port can be");

/** A unit of systemd with its kind, systemd.unit(5). A leading `-` would be an option of systemctl. */
export const unitName = z
  .string()
  .regex(
    /^[A-Za-z0-9@_.:][A-Za-z0-9@_.:\\-]*\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/,
    "a unit with its kind, such as sshd.service",
  );

/** Whether a URL has a password, or for http a user at all: what has it is in the Nix store, for everybody to read. */
export function hasCredentials(url: string): boolean {
  return /^[a-z0-9+.-]+:\/\/[^/@]*:[^/@]*@/i.test(url) || /^https?:\/\/[^/]*@/i.test(url);
}
