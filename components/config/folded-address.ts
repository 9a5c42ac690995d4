/**
 * One spelling for each address, to compare addresses with: `PI.lan.` and `pi.lan`, `::1` and `0:0:0:0:0:0:0:1` are one
 * machine. A URL's host has the rules for IPv4 and IPv6 (url.spec.whatwg.org, "host parsing").
 */
export function foldedAddress(address: string): string {
  const [bare = "", zone] = address.split("%");
  const host = hostOfUrl(bare.includes(":") ? `[${bare}]` : bare.replace(/\.$/, ""));
  return [mappedIPv4(host) ?? host, ...(zone === undefined ? [] : [zone])].join("%");
}

function hostOfUrl(host: string): string {
  const url = `http://${host}/`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}

/** `[::ffff:a00:1]`, the same machine as 10.0.0.1 (RFC 4291, 2.5.5.2). */
function mappedIPv4(host: string): string | undefined {
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]).join(".");
}
