/** The form of a GitHub token, a Tailscale key or a private key, anywhere in a text. */
export const secretForm =
  /\b(gh[pousr]_[A-Za-z0-9]{16}|github_pat_\w{16}|tskey-\w+-\w{8})|-----BEGIN [A-Z ]*PRIVATE KEY/;
