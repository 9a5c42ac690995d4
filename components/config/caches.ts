import { z } from "zod";
import { hasCredentials } from "./fields.js";

const cache = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(https?|ssh|ssh-ng|s3|file):\/\/[^\s]+$/,
        "a URL of a cache, such as https://example.cachix.org",
      )
      .refine(
        (url) => !hasCredentials(url),
        "a URL without a user and password: everybody on the Pi may read it; nix.conf(5) has netrc-file for them",
      ),
    publicKey: z
      .string()
      .regex(
        /^[^\s:]+:[A-Za-z0-9+/]{43}=$/,
        "the cache's public key, NAME:BASE64 with 44 characters of base64",
      ),
  })
  .describe("A substituter and the key that signs what is in it.");

/** `hosts.NAME.caches` */
export const caches = z.array(cache).describe("Substituters besides cache.nixos.org.");
