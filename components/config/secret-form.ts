/** What a GitHub, Tailscale or private key looks like. */
export const secretForm =
  /\b(gh[pousr]_[A-Za-z0-9]{16}|github_pat_\w{16}|tskey-\w+-\w{8})|-----BEGIN [A-Z ]*PRIVATE KEY/;
