import { z } from "zod";

export const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a host name is 1 to 63 of a-z, 0-9 and -, and starts and ends with a letter or digit (RFC 1123)",
  );

export const address = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._:%-]*[A-Za-z0-9])?$/,
    "an IP address, a DNS name, or a Host alias of your ssh config",
  );

export const user = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,30}$/,
    "a user name is a-z, 0-9, _ and -, and starts with a letter (useradd(8))",
  );

export const port = z.int().min(1).max(65535);
export const seconds = (fallback: number, meaning: string) =>
  z.int().min(1).max(86400).default(fallback).describe(`${meaning} Seconds.`);
